import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";

import { problems, type ProblemCode, type ProblemIssue } from "@meshhook/contract";
import { DUPLICATE } from "@meshhook/journal";
import { failpoint } from "@meshhook/journal/failpoint";
import { systemClock } from "@meshhook/runtime";

import { HttpProblem, problemOf } from "../http-problem.ts";
import type { Metrics } from "../metrics.ts";
import { Refusal } from "../refusal.ts";
import type { RejectionLog } from "../rejections.ts";
import type { Arrival } from "./arrival.ts";
import { READ_CODINGS } from "./content-coding.ts";
import { READ_TYPES } from "./content.ts";
import type { HandshakeAnswer } from "./handshake.ts";
import type { RunAnswer, StoredDelivery } from "./run-answer.ts";

export interface IntakeAnswersOptions {
  readonly rejections: RejectionLog;
  readonly metrics: Metrics;
  readonly onDefect: (error: unknown) => void;
}

export const OVERLOADED_DETAIL = "Too many bytes of webhooks are being received; send the request again";
/** How long a sender may continue to send a refused body. */
const LINGER_MS = 1_000;

interface RefusalOptions {
  readonly detail?: string;
  readonly runId?: string;
  readonly issues?: readonly ProblemIssue[] | null;
  readonly retryAfterS?: number;
  /** The methods that are allowed. */
  readonly allow?: string;
  /** The content types that are accepted; by default, all that can be read. */
  readonly accept?: string;
  /** The connection ends with this answer. */
  readonly isLast?: boolean;
  /** The answer is written; the caller ends it. */
  readonly lingers?: boolean;
}

/** Answers webhooks, counts the answers, and records refusals for the endpoint's owner. */
export class IntakeAnswers {
  readonly #options: IntakeAnswersOptions;
  readonly #clock = systemClock();
  /** True while the process stops: connections are not kept. */
  isClosing = false;

  constructor(options: IntakeAnswersOptions) {
    this.#options = options;
  }

  /** The delivery is stored. */
  send(arrival: Arrival, answer: RunAnswer, { runId, repeat }: StoredDelivery, bodyBytes: number): void {
    const { response, receivedAt } = arrival;
    const { status, headers, body } = answer;
    if (body !== null) headers["content-length"] = Buffer.byteLength(body);
    if (this.isClosing) headers["connection"] = "close";
    response.writeHead(status, headers);
    response.end(body);
    failpoint("intake.answered");
    this.#options.metrics.countDelivery(repeat === null ? "accepted" : DUPLICATE, this.#clock.now() - receivedAt);
    if (repeat === null) return;
    const detail = repeat.sameBody
      ? "The same request was accepted before"
      : "A request with the same key and another body was accepted before";
    this.#options.rejections.add({ arrival, status, code: DUPLICATE, detail, bodyBytes, runId });
  }

  /** The answer contains text from the sender, so it is sent in a form that browsers do not show as a page. */
  shake(response: ServerResponse, answer: HandshakeAnswer): void {
    const headers: OutgoingHttpHeaders = {
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...answer.headers,
    };
    if (answer.status !== 204) {
      headers["content-type"] = answer.contentType;
      headers["content-length"] = Buffer.byteLength(answer.text);
    }
    if (this.isClosing) headers["connection"] = "close";
    response.writeHead(answer.status, headers);
    response.end(answer.text);
    this.#options.metrics.countDelivery("handshake", null);
  }

  /** Answers with a problem. Nothing is recorded. */
  refuse(response: ServerResponse, code: ProblemCode, more: RefusalOptions = {}): void {
    const problem = problemOf(code, {
      ...(more.detail === undefined ? {} : { detail: more.detail }),
      ...(more.runId === undefined ? {} : { runId: more.runId }),
      ...(more.issues === undefined ? {} : { issues: more.issues }),
    });
    const text = JSON.stringify(problem);
    const headers: OutgoingHttpHeaders = {
      "content-type": "application/problem+json",
      "content-length": Buffer.byteLength(text),
    };
    if (more.retryAfterS !== undefined) headers["retry-after"] = String(more.retryAfterS);
    if (more.allow !== undefined) headers["allow"] = more.allow;
    if (code === "content_encoding_unsupported") headers["accept-encoding"] = READ_CODINGS;
    if (code === "content_type_unsupported") headers["accept"] = more.accept ?? READ_TYPES;
    if (this.isClosing || more.isLast === true) headers["connection"] = "close";
    response.writeHead(problem.status, headers);
    if (more.lingers === true) response.write(text);
    else response.end(text);
    this.#options.metrics.countDelivery(code, null);
  }

  /** Refuses a request because of an error while reading it, and records the refusal for the endpoint's owner. */
  refuseFor(arrival: Arrival, error: unknown, bodyBytes: number, isLast = false): void {
    const { response, open, held } = arrival;
    held.release();
    if (!(error instanceof HttpProblem)) return this.fail(response, error);
    const isPrivate = error instanceof Refusal;
    const types = open.acceptance?.contentTypes ?? null;
    this.reject(arrival, error.code, isPrivate ? error.cause : error.message, bodyBytes);
    this.refuse(response, error.code, {
      ...(isPrivate ? {} : { detail: error.message }),
      ...(error.retryAfterS === null ? {} : { retryAfterS: error.retryAfterS }),
      ...(types === null ? {} : { accept: types.text }),
      issues: error.issues,
      isLast,
    });
  }

  /**
   * Answers at once, without the body. The connection ends after it, but only when the sender has had time to read the answer: closing it
   * while bytes still arrive would reset the connection and discard the answer (RFC 9112, section 9.6).
   */
  refuseSize(arrival: Arrival, bytes: number, hasNoBody: boolean): void {
    const { request, response, open } = arrival;
    const { bodyBytesMax } = open.route.endpoint;
    const seen = `The body has at least ${bytes} bytes; the endpoint accepts ${bodyBytesMax}`;
    this.reject(arrival, "body_too_large", seen, bytes);
    const detail = `The body is larger than ${bodyBytesMax} bytes, the most that this endpoint accepts`;
    this.refuse(response, "body_too_large", { detail, isLast: true, lingers: !hasNoBody });
    if (!hasNoBody) linger(request, response);
  }

  /**
   * Too many bytes of other bodies are held. Ends like a refusal for size, but is not the sender's fault and not recorded for the owner.
   */
  refuseLoad({ request, response }: Arrival, hasNoBody: boolean): void {
    this.refuse(response, "overloaded", {
      detail: OVERLOADED_DETAIL,
      retryAfterS: 1,
      isLast: true,
      lingers: !hasNoBody,
    });
    if (!hasNoBody) linger(request, response);
  }

  /** Records a refusal for the endpoint's owner. `runId`: of the first delivery with the same key. */
  reject(arrival: Arrival, code: ProblemCode, detail: string, bodyBytes: number, runId: string | null = null): void {
    const { status } = problems[code];
    this.#options.rejections.add({ arrival, status, code, detail, bodyBytes, runId });
  }

  /** Something is wrong with this program. */
  fail(response: ServerResponse, error: unknown): void {
    this.#options.onDefect(error);
    if (!response.headersSent) this.refuse(response, "internal_error");
  }
}

/** Ends an answer when the rest of the request has been read and discarded, or after a second. */
function linger(request: IncomingMessage, response: ServerResponse): void {
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once("end", end).once("close", end).resume();
}
