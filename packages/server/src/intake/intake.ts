import { createHash } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";

import type { ProblemCode } from "@meshhook/contract";
import type { RunResult } from "@meshhook/core";
import { failpoint } from "@meshhook/journal/failpoint";
import { systemClock, type Delivery, type DeliveryOutcome, type Engine } from "@meshhook/runtime";

import { HttpProblem, problemOf } from "../http-problem.ts";
import type { Metrics } from "../metrics.ts";
import type { RejectionLog } from "../rejections.ts";
import { Refusal } from "../refusal.ts";
import type { OpenRoute, RouteTable } from "../route-table.ts";
import { BodyLine } from "./body-line.ts";
import type { BodyMemory, HeldBody } from "./body-memory.ts";
import { READ_CODINGS, codingsOf, unpack } from "./content-coding.ts";
import { READ_TYPES, readContent, type Content } from "./content.ts";
import { deliveryKeyOf, linesOf, type DeliveryKey } from "./delivery-key.ts";
import { emptyFields, readQuery, type Fields } from "./fields.ts";
import { answerEmptyPost, answerGet, answerOptions, answerPost, type HandshakeAnswer } from "./handshake.ts";
import { keptHeaders, withoutHeader, withRepeatedLines } from "./kept-headers.ts";
import { answerOf, type RunAnswer, type StoredDelivery } from "./run-answer.ts";

export const INTAKE_PREFIX = "/hooks/";
const TOKEN = /^[A-Za-z0-9_-]{8,64}$/;
const SLASH = 0x2f;

export interface IntakeOptions {
  readonly engine: Engine;
  readonly routes: RouteTable;
  readonly rejections: RejectionLog;
  readonly metrics: Metrics;
  readonly bodies: BodyMemory;
  readonly onDefect: (error: unknown) => void;
}

/** One request at an address that exists. */
interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly open: OpenRoute;
  readonly receivedAt: number;
  /** Without the question mark; null without a query. */
  readonly query: string | null;
  /** The held bytes of the body, until the delivery is settled or refused. */
  readonly held: HeldBody;
}

/**
 * Accepts webhooks: `POST /hooks/<token>`.
 *
 * Order: path → endpoint → size → raw body → signature → content coding → content type → charset → JSON → handshake → idempotency key
 * → durable → answer. No framework, because its cost would be part of every webhook.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #clock = systemClock();
  readonly #line = new BodyLine();
  /** True while the process stops: connections are not kept. */
  isClosing = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * `target`: the request's path and query in their normalized spelling.
   * `mustAskForBody`: the sender waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1).
   */
  handle(request: IncomingMessage, response: ServerResponse, target: string, mustAskForBody = false): void {
    const receivedAt = this.#clock.now();
    const queryAt = target.indexOf("?");
    const end = queryAt === -1 ? target.length : queryAt;
    // Frameworks and consoles add a slash.
    const token = target.slice(INTAKE_PREFIX.length, target.charCodeAt(end - 1) === SLASH ? end - 1 : end);
    const query = queryAt === -1 ? null : target.slice(queryAt + 1);
    // A sender that waits for 100 Continue may never send the body of a refused request, so the connection cannot be reused.
    const isLast = mustAskForBody;
    if (!TOKEN.test(token)) return this.#refuse(response, "not_found", { isLast });
    const receive = (open: OpenRoute): void => {
      const { bodyBytesMax, projectId } = open.route.endpoint;
      const held = this.#options.bodies.hold(projectId);
      const arrival = { request, response, open, receivedAt, query, held };
      if (request.method !== "POST") return this.#answerOther(arrival, isLast);
      const length = Number(request.headers["content-length"] ?? 0);
      if (length > bodyBytesMax) return this.#refuseSize(arrival, length, isLast);
      if (!held.hasRoom(length)) return this.#refuseLoad(arrival, isLast);
      if (mustAskForBody) response.writeContinue();
      this.#receive(arrival);
    };
    const open = this.#options.routes.find(token);
    if (open !== undefined) return receive(open);
    request.pause();
    this.#options.routes.look(token).then(
      (found) => {
        if (found === null) this.#refuse(response, "not_found", { isLast });
        else if (found === "busy") this.#refuse(response, "overloaded", { retryAfterS: 1, isLast });
        else if (found === "unreadable") this.#refuse(response, "unavailable", { retryAfterS: 2, isLast });
        else receive(found);
      },
      () => this.#refuse(response, "unavailable", { retryAfterS: 2, isLast }),
    );
  }

  /** All methods except POST: verification requests of providers, and the allowed methods. None of these starts a run. */
  #answerOther(arrival: Arrival, isLast: boolean): void {
    const { request, response, open } = arrival;
    const { method, headers } = request;
    const hasHandshakes = open.route.endpoint.handshakes === "on";
    const allow = hasHandshakes ? "GET, HEAD, OPTIONS, POST" : "OPTIONS, POST";
    if (method === "OPTIONS") {
      const answer = (hasHandshakes ? answerOptions(headers) : null) ?? OPTIONS_ANSWER;
      return this.#shake(response, { ...answer, headers: { allow, ...answer.headers } });
    }
    if (!hasHandshakes || (method !== "GET" && method !== "HEAD"))
      return this.#refuse(response, "method_not_allowed", { isLast, allow });
    // Nobody delivers with HEAD: such a request checks whether the address exists.
    if (method === "HEAD") return this.#shake(response, READY_ANSWER);
    try {
      const answer = answerGet(arrival.query === null ? NO_QUERY : readQuery(arrival.query), headers, open.verifyToken);
      if (answer === "wrong_token")
        return this.#refuseFor(arrival, new Refusal("verify_token_wrong", "hub.verify_token is not the endpoint's"), 0);
      if (answer === null)
        throw new HttpProblem(
          "verification_unrecognized",
          "No verification request was recognized in this GET, and webhooks are sent by POST",
        );
      this.#shake(response, answer === "ready" ? READY_ANSWER : answer);
    } catch (error) {
      this.#refuseFor(arrival, error, 0);
    }
  }

  #receive(arrival: Arrival): void {
    const { request, response, open, held } = arrival;
    const { bodyBytesMax } = open.route.endpoint;
    let first: Buffer | null = null;
    let rest: Buffer[] | null = null;
    let bytes = 0;
    let hasEnded = false;
    const drop = (): void => {
      first = rest = null;
      held.release();
    };
    request.on("data", (chunk: Buffer) => {
      if (response.headersSent) return;
      bytes += chunk.length;
      if (bytes > bodyBytesMax) {
        drop();
        return this.#refuseSize(arrival, bytes, false);
      }
      if (!held.grow(Math.max(chunk.length, CHUNK_BYTES_MIN))) {
        drop();
        return this.#refuseLoad(arrival, false);
      }
      if (first === null) first = chunk;
      else (rest ??= []).push(chunk);
    });
    request.on("end", () => {
      if (response.headersSent) return;
      hasEnded = true;
      const body = first === null ? EMPTY : rest === null ? first : Buffer.concat([first, ...rest], bytes);
      first = rest = null;
      this.#accept(arrival, body);
    });
    // Also when the sender disconnects or its time is up.
    request.once("close", () => {
      if (!hasEnded) drop();
    });
    request.resume();
  }

  /** The signature covers the bytes as sent: a compressed body is signed compressed. */
  #accept(arrival: Arrival, body: Buffer): void {
    const { request, open, receivedAt } = arrival;
    try {
      const checking = open.checkSignature === null ? null : open.checkSignature(request, body, receivedAt);
      if (checking === null) return this.#unpack(arrival, body);
      checking.then(
        () => this.#unpack(arrival, body),
        (error: unknown) => this.#refuseFor(arrival, error, body.length),
      );
    } catch (error) {
      this.#refuseFor(arrival, error, body.length);
    }
  }

  #unpack(arrival: Arrival, body: Buffer): void {
    try {
      const codings = codingsOf(arrival.request.headers["content-encoding"]);
      if (codings.length === 0) return this.#take(arrival, body, body.length);
      const { id, bodyBytesMax } = arrival.open.route.endpoint;
      unpack(body, codings, bodyBytesMax, id).then(
        (unpacked) => {
          if (arrival.held.grow(Math.max(0, unpacked.length - body.length)))
            return this.#take(arrival, unpacked, body.length);
          arrival.held.release();
          this.#refuse(arrival.response, "overloaded", { detail: LOAD, retryAfterS: 1 });
        },
        (error: unknown) => this.#refuseFor(arrival, error, body.length),
      );
    } catch (error) {
      this.#refuseFor(arrival, error, body.length);
    }
  }

  /** `body`: as it is read. `sentBytes`: how many bytes came. Small bodies never wait; large ones are read in turn. */
  #take(arrival: Arrival, body: Buffer, sentBytes: number): void {
    if (body.length <= AT_ONCE_BYTES_MAX) return this.#takeNow(arrival, body, sentBytes);
    this.#line.run(
      arrival.open.route.endpoint.projectId,
      () => this.#takeNow(arrival, body, sentBytes),
      (problem) => this.#refuseFor(arrival, problem, sentBytes),
    );
  }

  #takeNow(arrival: Arrival, body: Buffer, sentBytes: number): void {
    const { request, response, open } = arrival;
    const { endpoint } = open.route;
    try {
      const query = arrival.query === null ? NO_QUERY : readQuery(arrival.query);
      if (body.length === 0 && endpoint.handshakes === "on") {
        const answer = answerEmptyPost(query);
        if (answer !== null) {
          arrival.held.release();
          return this.#shake(response, answer);
        }
      }
      const content = readContent(request.headers["content-type"], body);
      const handshake = endpoint.handshakes === "on" ? answerPost(request.headers, content.value) : null;
      if (handshake !== null) {
        arrival.held.release();
        return this.#shake(response, handshake);
      }
      const { delivery, key } = this.#read(arrival, query, content, body);
      failpoint("intake.read");
      this.#options.engine.deliver(delivery).then(
        (outcome) => {
          arrival.held.release();
          this.#answer(arrival, key, sentBytes, outcome);
        },
        (error: unknown) => {
          arrival.held.release();
          this.#onDefect(response, error);
        },
      );
    } catch (error) {
      this.#refuseFor(arrival, error, sentBytes);
    }
  }

  /** @throws HttpProblem */
  #read(
    { request, open, receivedAt }: Arrival,
    query: Fields<string>,
    content: Content,
    body: Buffer,
  ): { readonly delivery: Delivery; readonly key: DeliveryKey | null } {
    const { endpoint, version } = open.route;
    if (version === null || open.plan === null)
      throw new Refusal("endpoint_not_published", "The workflow has no published version");
    const { headers: kept, names } = keptHeaders(request.headers);
    const isRepeated = request.rawHeaders.length !== 2 * names;
    if (isRepeated) requireOneType(request);
    const all = isRepeated ? withRepeatedLines(kept, request.rawHeaders) : kept;
    const headers = open.signatureHeader === null ? all : withoutHeader(all, open.signatureHeader);
    const key = deliveryKeyOf(request, names, endpoint);
    const delivery = {
      projectId: endpoint.projectId,
      workflowId: endpoint.workflowId,
      versionId: version.id,
      plan: open.plan,
      receivedAt,
      headers,
      query,
      body: content.value,
      bodyText: content.text,
      ...(key === null
        ? undefined
        : {
            dedupe: {
              endpointId: endpoint.id,
              key: key.key,
              bodyHash: createHash("sha256").update(body).digest("hex"),
            },
          }),
    };
    return { delivery, key };
  }

  #answer(arrival: Arrival, key: DeliveryKey | null, bodyBytes: number, outcome: DeliveryOutcome): void {
    const { response, open, receivedAt } = arrival;
    switch (outcome.kind) {
      case "accepted": {
        const { runId, status, result } = outcome;
        return this.#answerStored(arrival, { runId, status, repeat: null }, result);
      }
      case "duplicate": {
        const { runId, sameBody } = outcome;
        if (!sameBody && !mayDiffer(open.route.endpoint.sameKey, key)) {
          const detail = `The key was used before with another body, for run ${runId}`;
          this.#reject(open, receivedAt, detail, "idempotency_key_reused", bodyBytes);
          return this.#refuse(response, "idempotency_key_reused");
        }
        return this.#answerStored(arrival, { runId, repeat: { sameBody } }, null);
      }
      case "unknown":
        return this.#refuse(response, "outcome_unknown", {
          runId: outcome.runId,
          retryAfterS: Math.max(1, Math.ceil(outcome.retryAfterMs / 1_000)),
        });
      case "overloaded":
      case "unavailable":
        return this.#refuse(response, outcome.kind, {
          retryAfterS: Math.max(1, Math.ceil(outcome.retryAfterMs / 1_000)),
        });
    }
  }

  /** `result`: how the run ended, where that is known already. */
  #answerStored(arrival: Arrival, delivery: StoredDelivery, result: RunResult | null): void {
    const { request, response, open, receivedAt } = arrival;
    const { answer, resultTimeoutMs } = open.route.endpoint;
    if (answer === "accepted" || prefersNoWait(request.headers["prefer"]))
      return this.#send(response, answerOf("accepted", delivery, null), delivery, receivedAt);
    if (result !== null) return this.#send(response, answerOf(answer, delivery, result), delivery, receivedAt);
    this.#options.engine
      .waitForResult(delivery.runId, resultTimeoutMs)
      .then((found) => this.#send(response, answerOf(answer, delivery, found), delivery, receivedAt))
      .catch((error: unknown) => this.#onDefect(response, error));
  }

  #send(response: ServerResponse, answer: RunAnswer, { repeat }: StoredDelivery, receivedAt: number): void {
    const { status, headers, body } = answer;
    if (body !== null) headers["content-length"] = Buffer.byteLength(body);
    if (this.isClosing) headers["connection"] = "close";
    response.writeHead(status, headers);
    response.end(body);
    failpoint("intake.answered");
    this.#options.metrics.countDelivery(repeat === null ? "accepted" : "duplicate", this.#clock.now() - receivedAt);
  }

  /** The answer contains text from the sender, so it is sent in a form that browsers do not show as a page. */
  #shake(response: ServerResponse, answer: HandshakeAnswer): void {
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

  #refuse(response: ServerResponse, code: ProblemCode, more: RefusalOptions = {}): void {
    const problem = problemOf(code, {
      ...(more.detail === undefined ? {} : { detail: more.detail }),
      ...(more.runId === undefined ? {} : { runId: more.runId }),
    });
    const text = JSON.stringify(problem);
    const headers: OutgoingHttpHeaders = {
      "content-type": "application/problem+json",
      "content-length": Buffer.byteLength(text),
    };
    if (more.retryAfterS !== undefined) headers["retry-after"] = String(more.retryAfterS);
    if (more.allow !== undefined) headers["allow"] = more.allow;
    if (code === "content_encoding_unsupported") headers["accept-encoding"] = READ_CODINGS;
    if (code === "content_type_unsupported") headers["accept"] = READ_TYPES;
    if (this.isClosing || more.isLast === true) headers["connection"] = "close";
    response.writeHead(problem.status, headers);
    if (more.lingers === true) response.write(text);
    else response.end(text);
    this.#options.metrics.countDelivery(code, null);
  }

  /** Refuses a request because of an error while reading it, and records the refusal for the endpoint's owner. */
  #refuseFor({ response, open, receivedAt, held }: Arrival, error: unknown, bodyBytes: number): void {
    held.release();
    if (!(error instanceof HttpProblem)) return this.#onDefect(response, error);
    const isPrivate = error instanceof Refusal;
    this.#reject(open, receivedAt, isPrivate ? error.cause : error.message, error.code, bodyBytes);
    this.#refuse(response, error.code, {
      ...(isPrivate ? {} : { detail: error.message }),
      ...(error.retryAfterS === null ? {} : { retryAfterS: error.retryAfterS }),
    });
  }

  /**
   * Answers at once, without the body. The connection ends after it, but only when the sender has had time to read the answer: closing it
   * while bytes still arrive would reset the connection and discard the answer (RFC 9112, section 9.6).
   */
  #refuseSize({ request, response, open, receivedAt }: Arrival, bytes: number, hasNoBody: boolean): void {
    const { bodyBytesMax } = open.route.endpoint;
    const seen = `The body has at least ${bytes} bytes; the endpoint accepts ${bodyBytesMax}`;
    this.#reject(open, receivedAt, seen, "body_too_large", bytes);
    const detail = `The body is larger than ${bodyBytesMax} bytes, the most that this endpoint accepts`;
    this.#refuse(response, "body_too_large", { detail, isLast: true, lingers: !hasNoBody });
    if (!hasNoBody) linger(request, response);
  }

  /**
   * Too many bytes of other bodies are held. Ends like a refusal for size, but is not the sender's fault and not recorded for the owner.
   */
  #refuseLoad({ request, response }: Arrival, hasNoBody: boolean): void {
    this.#refuse(response, "overloaded", { detail: LOAD, retryAfterS: 1, isLast: true, lingers: !hasNoBody });
    if (!hasNoBody) linger(request, response);
  }

  #reject(open: OpenRoute, at: number, detail: string, code: string, bodyBytes: number): void {
    const { id, projectId } = open.route.endpoint;
    this.#options.rejections.add({ projectId, endpointId: id, at, code, detail, bodyBytes });
  }

  #onDefect(response: ServerResponse, error: unknown): void {
    this.#options.onDefect(error);
    if (!response.headersSent) this.#refuse(response, "internal_error");
  }
}

const EMPTY = Buffer.alloc(0);
const NO_QUERY = Object.freeze(emptyFields<string>());
const LOAD = "Too many bytes of webhooks are being received; send the request again";
/** Bodies up to this size are read as soon as they arrive, which takes a few milliseconds at most. */
const AT_ONCE_BYTES_MAX = 256 * 1_024;
/** The approximate cost of a piece of a body, however small it is. */
const CHUNK_BYTES_MIN = 512;
/** How long a sender may continue to send a refused body. */
const LINGER_MS = 1_000;
const READY_ANSWER: HandshakeAnswer = {
  status: 200,
  contentType: "text/plain; charset=utf-8",
  text: "Send webhooks to this address with POST.\n",
};
const OPTIONS_ANSWER: HandshakeAnswer = { status: 204, contentType: "text/plain; charset=utf-8", text: "" };

interface RefusalOptions {
  readonly detail?: string;
  readonly runId?: string;
  readonly retryAfterS?: number;
  /** The methods that are allowed. */
  readonly allow?: string;
  /** The connection ends with this answer. */
  readonly isLast?: boolean;
  /** The answer is written; the caller ends it. */
  readonly lingers?: boolean;
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

/** Node gives only the first of two types. @throws HttpProblem  `bad_request` */
function requireOneType(request: IncomingMessage): void {
  const types = new Set(linesOf(request, "content-type").map((type) => type.toLowerCase()));
  if (types.size > 1)
    throw new HttpProblem("bad_request", `The request has ${types.size} different values for the header Content-Type`);
}

/** RFC 7240, section 4.1. */
function prefersNoWait(prefer: string | string[] | undefined): boolean {
  return typeof prefer === "string" && /(?:^|,)[ \t]*respond-async[ \t]*(?:$|[,;])/i.test(prefer);
}

/** True if a repeated key with another body still counts as the same delivery. */
function mayDiffer(sameKey: "by_source" | "first_counts" | "compare", key: DeliveryKey | null): boolean {
  return sameKey === "first_counts" || (sameKey === "by_source" && key?.source === "provider");
}
