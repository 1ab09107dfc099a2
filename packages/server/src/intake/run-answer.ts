import type { OutgoingHttpHeaders } from "node:http";

import type { RunResponse, RunResult, RunStatus } from "@meshhook/core";
import type { Endpoint } from "@meshhook/journal";

import { problemOf } from "../http-problem.ts";

/** The answer to a webhook that was stored. */
export interface RunAnswer {
  readonly status: number;
  /** Without `content-length`. */
  readonly headers: OutgoingHttpHeaders;
  /** Null: a status that has no body. */
  readonly body: string | Buffer | null;
}

/** What became of a delivery. */
export type StoredDelivery =
  /** The first with its key, or without one. `status`: how far the run had come when it was stored. */
  | { readonly runId: string; readonly repeat: null; readonly status: RunStatus }
  | { readonly runId: string; readonly repeat: { readonly sameBody: boolean } };

/**
 * The same on every answer that a workflow makes. Endpoints share their origin with the console: a browser shows such an answer as a page
 * of an origin of its own, without scripts and forms, so that it can neither read nor send anything as the person who is signed in. Nor
 * does a link in it give away the address, which is a secret.
 */
const GUARDS = {
  "content-security-policy":
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
} as const;

/**
 * What the sender is answered.
 *
 * @param result  How the run ended; null when the endpoint does not wait for that, or the run has not ended in time.
 */
export function answerOf(answer: Endpoint["answer"], delivery: StoredDelivery, result: RunResult | null): RunAnswer {
  if (result === null || answer === "accepted") return storedAnswer(answer, delivery);
  return answer === "result" ? resultAnswer(delivery, result) : responseAnswer(delivery, result);
}

function storedAnswer(answer: Endpoint["answer"], delivery: StoredDelivery): RunAnswer {
  const { runId } = delivery;
  if (delivery.repeat === null)
    return json(202, `{"runId":"${runId}","status":"${delivery.status}","duplicate":false}`);
  const text = `{"runId":"${runId}","duplicate":true${delivery.repeat.sameBody ? "" : `,"sameBody":false`}}`;
  // Where the status is the workflow's to choose, 200 would look like its answer.
  return json(answer === "response" ? 202 : 200, text);
}

function resultAnswer(delivery: StoredDelivery, { response: _response, ...result }: RunResult): RunAnswer {
  return json(200, JSON.stringify({ ...membersOf(delivery), ...result }));
}

function responseAnswer(delivery: StoredDelivery, { status, response }: RunResult): RunAnswer {
  if (response !== undefined) return shapedAnswer(delivery, response);
  if (status === "succeeded") return json(200, JSON.stringify({ ...membersOf(delivery), status }));
  const { runId } = delivery;
  const how = status === "canceled" ? "was canceled" : "failed";
  const detail = `The webhook was stored as run ${runId}, which ${how} before the workflow made an answer`;
  const problem = problemOf("run_failed", { detail, runId });
  return {
    status: problem.status,
    headers: { "content-type": "application/problem+json" },
    body: JSON.stringify(problem),
  };
}

function shapedAnswer({ runId, repeat }: StoredDelivery, response: RunResponse): RunAnswer {
  const { status, body, bodyEncoding } = response;
  return {
    status,
    headers: {
      "cache-control": "no-store",
      ...response.headers,
      ...GUARDS,
      "meshhook-run-id": runId,
      ...(repeat === null ? {} : { "meshhook-duplicate": "true" }),
      ...(repeat === null || repeat.sameBody ? {} : { "meshhook-same-body": "false" }),
    },
    body: body === undefined ? emptyBody(status) : bodyEncoding === "base64" ? Buffer.from(body, "base64") : body,
  };
}

/** `content-length: 0` says that there is nothing, except where the status says so (RFC 9110, section 8.6). */
function emptyBody(status: number): "" | null {
  return status === 204 || status === 304 ? null : "";
}

function membersOf({ runId, repeat }: StoredDelivery): object {
  return { runId, duplicate: repeat !== null, ...(repeat === null || repeat.sameBody ? {} : { sameBody: false }) };
}

function json(status: number, body: string): RunAnswer {
  return { status, headers: { "content-type": "application/json" }, body };
}
