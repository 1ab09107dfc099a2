import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { buffer as readAll } from "node:stream/consumers";

import type { Client, RunResource } from "@meshhook/contract";

import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import { eventLine, LEVEL_COLOURS } from "../terminal/event-line.ts";
import { reasonOf } from "../system-error.ts";
import type { Output } from "../terminal/output.ts";
import { visibleLine } from "../terminal/visible.ts";
import { findEndpoint } from "./find-endpoint.ts";

/** What `meshhook run` was asked to do. */
export interface RunRequest {
  /** An endpoint's token, id or name, or a workflow's slug or id. */
  readonly target: string;
  /** A file, `-` for standard input, null for an empty object. */
  readonly payload: string | null;
  /** As in `x-github-event: issues`. */
  readonly headers: readonly string[];
  readonly idempotencyKey: string | null;
  readonly isFollowed: boolean;
}

/** Sends a payload as a webhook and, where asked, follows the run's live log to its end. */
export async function run(request: RunRequest, config: Config, output: Output): Promise<ExitName> {
  const body = await readPayload(request.payload);
  const headers = { ...parseHeaders(request.headers), ...signature(body, config.signingSecret) };
  const connection = connect(config);
  const endpoint = await findEndpoint(connection, request.target);
  if (endpoint.token === "") {
    throw new CommandError(
      "denied",
      "This API key has the scope read, which does not see webhook URLs. Use a key with the scope write or admin.",
    );
  }
  const delivery = await withConnection(connection, (client) =>
    client.deliver(endpoint.token, body, {
      headers,
      ...(request.idempotencyKey === null ? {} : { idempotencyKey: request.idempotencyKey }),
    }),
  );
  output.line(
    `Run ${delivery.runId}${delivery.duplicate === true ? " (started by an earlier delivery with this idempotency key)" : ""}`,
  );
  if (!request.isFollowed) return "ok";
  return withConnection(connection, (client) => follow(client, delivery.runId, output));
}

/** Most node ids fit, so that the columns seldom move while lines come in. */
const NODE_WIDTH_MIN = 14;

async function follow(client: Client, runId: string, output: Output): Promise<ExitName> {
  let nodeWidth = NODE_WIDTH_MIN;
  for await (const message of client.followRun(runId)) {
    if (message.kind === "end") break;
    nodeWidth = Math.max(nodeWidth, message.event.node?.length ?? 0);
    output.line(eventLine(message.event, nodeWidth), LEVEL_COLOURS[message.event.level]);
    // The reader is gone, but the run continues without one.
    if (output.isClosed) return "ok";
  }
  const { status, result } = await client.getRun({ runId });
  output.line(visibleLine(`${status}${result === null ? "" : `  ${resultText(result)}`}`));
  const exits = { running: "failed", succeeded: "ok", failed: "runFailed", canceled: "runCanceled" } as const;
  return exits[status];
}

function resultText(result: NonNullable<RunResource["result"]>): string {
  const parts = [
    result.reason,
    // A run that ended by its own `terminate` node has its reason as the error's message.
    result.error === undefined || result.error.message === result.reason
      ? undefined
      : `${result.error.code}: ${result.error.message}`,
    result.output === null ? undefined : JSON.stringify(result.output),
  ];
  return parts.filter((part) => part !== undefined).join("  ");
}

/** The bytes, unchanged: the endpoint decides whether it accepts them. */
export async function readPayload(path: string | null): Promise<Uint8Array> {
  if (path === null) return Buffer.from("{}");
  try {
    return path === "-" ? await readAll(process.stdin) : await readFile(path);
  } catch (error) {
    throw new CommandError("badInput", `Cannot read the payload ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Lines as in `x-github-event: issues`; those with one name are joined. @throws CommandError */
export function parseHeaders(lines: readonly string[]): { readonly [name: string]: string } {
  const headers = new Map<string, string>();
  const wrong: string[] = [];
  for (const line of lines) {
    const match = /^([!#$%&'*+.^_`|~\w-]+):\s*(.*)$/.exec(line);
    if (match === null) {
      wrong.push(line);
      continue;
    }
    const [, name = "", value = ""] = match;
    const before = headers.get(name.toLowerCase());
    headers.set(name.toLowerCase(), before === undefined ? value : `${before}, ${value}`);
  }
  if (wrong.length > 0) {
    const remedy = `Write it as "name: value", such as "x-github-event: issues".`;
    const faults = wrong.map((line) => `--header "${line}" is not a valid header. ${remedy}`);
    throw new CommandError("badInput", faults.join("\n"));
  }
  return Object.fromEntries(headers);
}

/** GitHub's signature of the exact bytes that are sent: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
function signature(body: Uint8Array, secret: string | null): { readonly [name: string]: string } {
  if (secret === null) return {};
  return { "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}` };
}
