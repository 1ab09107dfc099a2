import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import type { ExitName } from "../exit-codes.ts";
import type { Output } from "../terminal/output.ts";
import { visibleLine } from "../terminal/visible.ts";
import { findEndpoint } from "./find-endpoint.ts";
import { parseHeaders, readPayload } from "./run.ts";

/** What `meshhook send` was asked to do. */
export interface SendRequest {
  /** An endpoint's token, id or name, or a workflow's slug or id. */
  readonly target: string;
  /** A file, `-` for standard input, null for an empty object. */
  readonly payload: string | null;
  /** As in `x-github-event: issues`. */
  readonly headers: readonly string[];
  /** False: sent as it is, to see it refused. */
  readonly isSigned: boolean;
}

/** Sends a test delivery, which MeshHook signs as the endpoint requires, and shows the endpoint's answer. */
export async function send(request: SendRequest, config: Config, output: Output): Promise<ExitName> {
  const body = Buffer.from(await readPayload(request.payload)).toString("utf8");
  const { "content-type": contentType = "application/json", ...headers } = parseHeaders(request.headers);
  const connection = connect(config);
  const { id: endpointId } = await findEndpoint(connection, request.target);
  const answer = await withConnection(connection, (client) =>
    client.sendTestDelivery({ endpointId, body: { body, contentType, headers, sign: request.isSigned } }),
  );
  const signed = answer.signedWith.length === 0 ? "not signed" : `signed in ${answer.signedWith.join(", ")}`;
  output.line(`${answer.status} after ${Math.ceil(answer.durationMs)} ms, ${signed}`);
  for (const line of answer.body.split("\n")) output.line(visibleLine(line));
  return answer.status < 300 ? "ok" : "failed";
}
