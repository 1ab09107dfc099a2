import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import type { ExitName } from "../exit-codes.ts";
import type { Output } from "../terminal/output.ts";
import { readJsonArgument } from "./json-argument.ts";

/** What `meshhook signal` was asked to do. */
export interface SignalRequest {
  readonly runId: string;
  readonly name: string;
  /** JSON, or `@` and a file with JSON; null: no payload. */
  readonly payload: string | null;
  readonly key: string | null;
  /** Make a link that sends it instead. */
  readonly isLink: boolean;
}

/** Sends a run a signal that its workflow waits for, or makes a link that does. */
export async function signal(request: SignalRequest, config: Config, output: Output): Promise<ExitName> {
  const { runId, name, key } = request;
  const payload = request.payload === null ? {} : { payload: await readJsonArgument("The payload", request.payload) };
  const connection = connect(config);
  if (request.isLink) {
    const { path, expiresAt } = await withConnection(connection, (client) =>
      client.linkSignal({ runId, body: { name, ...payload } }),
    );
    output.line(`${connection.url}${path}`);
    output.line(`Anybody who has this link can send the signal "${name}" once, until ${expiresAt}.`);
    return "ok";
  }
  const answer = await withConnection(connection, (client) =>
    client.signalRun({ runId, body: { name, ...payload, ...(key === null ? {} : { key }) } }),
  );
  output.line(
    answer.repeated
      ? `Run ${runId} had a signal with this key before; nothing was sent.`
      : `The signal "${name}" is stored and will reach run ${runId}.`,
  );
  return "ok";
}
