import { createHash } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";

import type { ProblemCode } from "@meshhook/contract";
import { systemClock, type Delivery, type DeliveryOutcome, type Engine } from "@meshhook/runtime";

import { HttpProblem, problemOf } from "../http-problem.ts";
import type { Metrics } from "../metrics.ts";
import type { RejectionLog } from "../rejections.ts";
import type { OpenRoute, RouteTable } from "../route-table.ts";
import { readContent } from "./content.ts";
import { keptHeaders } from "./kept-headers.ts";
import { signatureFault } from "./signature.ts";

export const INTAKE_PREFIX = "/hooks/";
const TOKEN = /^[A-Za-z0-9_-]{8,64}$/;
const KEY = /^[\x20-\x7e]{1,255}$/;

export interface IntakeOptions {
  readonly engine: Engine;
  readonly routes: RouteTable;
  readonly rejections: RejectionLog;
  readonly metrics: Metrics;
  readonly onDefect: (error: unknown) => void;
}

/**
 * Takes webhooks: `POST /hooks/<token>`.
 *
 * Order: path → endpoint → size → raw body → signature → content type → UTF-8 → JSON → idempotency key → durable → answer. No
 * framework, because every webhook pays for what stands here.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #clock = systemClock();
  /** True while the process stops: connections are not kept. */
  isClosing = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** `mustAskForBody`: the sender waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1). */
  handle(request: IncomingMessage, response: ServerResponse, mustAskForBody = false): void {
    const receivedAt = this.#clock.now();
    const url = request.url ?? "";
    const queryAt = url.indexOf("?");
    const token = queryAt === -1 ? url.slice(INTAKE_PREFIX.length) : url.slice(INTAKE_PREFIX.length, queryAt);
    // A sender that waits to be asked may never send the body of a refused request: the connection cannot be used again.
    const isLast = mustAskForBody;
    if (!TOKEN.test(token)) return this.#refuse(response, "not_found", { isLast });
    if (request.method !== "POST") return this.#refuse(response, "method_not_allowed", { isLast });
    const receive = (open: OpenRoute): void => {
      const { bodyBytesMax } = open.route.endpoint;
      const length = Number(request.headers["content-length"] ?? 0);
      if (length > bodyBytesMax) return this.#refuseSize(request, response, open, length, isLast);
      if (mustAskForBody) response.writeContinue();
      this.#receive(request, response, open, receivedAt, queryAt);
    };
    const open = this.#options.routes.find(token);
    if (open !== undefined) return receive(open);
    request.pause();
    this.#options.routes.look(token).then(
      (found) => {
        if (found === null) this.#refuse(response, "not_found", { isLast });
        else if (found === "busy") this.#refuse(response, "overloaded", { retryAfterS: 1, isLast });
        else receive(found);
      },
      () => this.#refuse(response, "unavailable", { retryAfterS: 2, isLast }),
    );
  }

  #receive(
    request: IncomingMessage,
    response: ServerResponse,
    open: OpenRoute,
    receivedAt: number,
    queryAt: number,
  ): void {
    const { bodyBytesMax } = open.route.endpoint;
    let first: Buffer | null = null;
    let rest: Buffer[] | null = null;
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bodyBytesMax) {
        if (!response.headersSent) this.#refuseSize(request, response, open, bytes, false);
        return;
      }
      if (first === null) first = chunk;
      else (rest ??= []).push(chunk);
    });
    request.on("end", () => {
      if (response.headersSent) return;
      const body = first === null ? EMPTY : rest === null ? first : Buffer.concat([first, ...rest], bytes);
      this.#accept(request, response, open, receivedAt, queryAt, body);
    });
    request.resume();
  }

  #accept(
    request: IncomingMessage,
    response: ServerResponse,
    open: OpenRoute,
    receivedAt: number,
    queryAt: number,
    body: Buffer,
  ): void {
    try {
      const delivery = this.#read(request, open, receivedAt, queryAt, body);
      this.#options.engine.deliver(delivery).then(
        (outcome) => this.#answer(response, open, receivedAt, body, outcome),
        (error: unknown) => this.#onDefect(response, error),
      );
    } catch (error) {
      if (!(error instanceof HttpProblem)) return this.#onDefect(response, error);
      this.#reject(open, receivedAt, error instanceof Refusal ? error.cause : error.message, error.code, body.length);
      this.#refuse(response, error.code, error instanceof Refusal ? {} : { detail: error.message });
    }
  }

  /** @throws HttpProblem */
  #read(request: IncomingMessage, open: OpenRoute, receivedAt: number, queryAt: number, body: Buffer): Delivery {
    const { headers, url } = request;
    const { endpoint, version } = open.route;
    if (open.secret !== null || endpoint.signature !== "none") {
      const signature = headers["x-hub-signature-256"];
      const fault =
        open.secret === null
          ? "the endpoint has no secret"
          : signatureFault(open.secret, body, typeof signature === "string" ? signature : undefined);
      if (fault !== null) throw new Refusal("signature_invalid", fault);
    }
    const encoding = headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity")
      throw new HttpProblem(
        "content_encoding_unsupported",
        `Content-Encoding "${encoding.slice(0, 100)}" is not read here; send the body as it is`,
      );
    const content = readContent(headers["content-type"], body);
    if (version === null || open.plan === null)
      throw new Refusal("endpoint_not_published", "the workflow has no published version");
    const key = this.#keyOf(request, endpoint.dedupeHeader);
    const query = Object.create(null) as Record<string, string>;
    if (queryAt !== -1) for (const [name, value] of new URLSearchParams(url?.slice(queryAt + 1))) query[name] = value;
    return {
      projectId: endpoint.projectId,
      workflowId: endpoint.workflowId,
      versionId: version.id,
      plan: open.plan,
      receivedAt,
      headers: keptHeaders(headers, endpoint.dedupeHeader),
      query,
      body: content.value,
      bodyText: content.text,
      ...(key === null
        ? undefined
        : { dedupe: { endpointId: endpoint.id, key, bodyHash: createHash("sha256").update(body).digest("hex") } }),
    };
  }

  #keyOf(request: IncomingMessage, dedupeHeader: string | null): string | null {
    const value =
      request.headers["idempotency-key"] ?? (dedupeHeader === null ? undefined : request.headers[dedupeHeader]);
    if (value === undefined) return null;
    if (typeof value !== "string" || !KEY.test(value))
      throw new HttpProblem(
        "idempotency_key_invalid",
        "the idempotency key must have 1 to 255 printable ASCII characters",
      );
    return value;
  }

  #answer(response: ServerResponse, open: OpenRoute, receivedAt: number, body: Buffer, outcome: DeliveryOutcome): void {
    switch (outcome.kind) {
      case "accepted": {
        if (open.route.endpoint.answer === "result") return this.#answerResult(response, open, receivedAt, outcome);
        return this.#send(
          response,
          202,
          `{"runId":"${outcome.runId}","status":"${outcome.status}","duplicate":false}`,
          receivedAt,
          "accepted",
        );
      }
      case "duplicate":
        if (outcome.sameBody)
          return this.#send(response, 200, `{"runId":"${outcome.runId}","duplicate":true}`, receivedAt, "duplicate");
        this.#reject(
          open,
          receivedAt,
          `the key came before with another body, for run ${outcome.runId}`,
          "idempotency_key_reused",
          body.length,
        );
        return this.#refuse(response, "idempotency_key_reused");
      case "unknown":
        return this.#refuse(response, "outcome_unknown", {
          retryAfterS: Math.max(1, Math.ceil(outcome.retryAfterMs / 1_000)),
        });
      case "overloaded":
      case "unavailable":
        return this.#refuse(response, outcome.kind, {
          retryAfterS: Math.max(1, Math.ceil(outcome.retryAfterMs / 1_000)),
        });
    }
  }

  #answerResult(
    response: ServerResponse,
    open: OpenRoute,
    receivedAt: number,
    outcome: Extract<DeliveryOutcome, { kind: "accepted" }>,
  ): void {
    const waited =
      outcome.result === null
        ? this.#options.engine.waitForResult(outcome.runId, open.route.endpoint.resultTimeoutMs)
        : Promise.resolve(outcome.result);
    waited.then(
      (result) => {
        if (result === null)
          return this.#send(
            response,
            202,
            `{"runId":"${outcome.runId}","status":"running","duplicate":false}`,
            receivedAt,
            "accepted",
          );
        this.#send(
          response,
          200,
          JSON.stringify({ runId: outcome.runId, duplicate: false, ...result }),
          receivedAt,
          "accepted",
        );
      },
      (error: unknown) => this.#onDefect(response, error),
    );
  }

  #send(response: ServerResponse, status: number, text: string, receivedAt: number, outcome: string): void {
    const headers: OutgoingHttpHeaders = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
    };
    if (this.isClosing) headers["connection"] = "close";
    response.writeHead(status, headers);
    response.end(text);
    this.#options.metrics.countDelivery(outcome, this.#clock.now() - receivedAt);
  }

  #refuse(response: ServerResponse, code: ProblemCode, more: RefusalOptions = {}): void {
    const problem = problemOf(code, more.detail === undefined ? {} : { detail: more.detail });
    const text = JSON.stringify(problem);
    const headers: OutgoingHttpHeaders = {
      "content-type": "application/problem+json",
      "content-length": Buffer.byteLength(text),
    };
    if (more.retryAfterS !== undefined) headers["retry-after"] = String(more.retryAfterS);
    if (code === "method_not_allowed") headers["allow"] = "POST";
    if (this.isClosing || more.isLast === true) headers["connection"] = "close";
    response.writeHead(problem.status, headers);
    if (more.lingers === true) response.write(text);
    else response.end(text);
    this.#options.metrics.countDelivery(code, null);
  }

  /**
   * Answers at once, without the body. The connection ends after it, but not before the sender had time to read the answer: closing
   * while its bytes still arrive would reset the connection and throw the answer away (RFC 9112, section 9.6).
   */
  #refuseSize(
    request: IncomingMessage,
    response: ServerResponse,
    open: OpenRoute,
    bytes: number,
    hasNoBody: boolean,
  ): void {
    const { bodyBytesMax } = open.route.endpoint;
    this.#reject(
      open,
      this.#clock.now(),
      `the body has at least ${bytes} bytes; the endpoint takes ${bodyBytesMax}`,
      "body_too_large",
      bytes,
    );
    const detail = `the body has more than ${bodyBytesMax} bytes, which is what this endpoint takes`;
    this.#refuse(response, "body_too_large", { detail, isLast: true, lingers: !hasNoBody });
    if (hasNoBody) return;
    const end = (): void => {
      clearTimeout(timer);
      response.end();
    };
    const timer = setTimeout(end, LINGER_MS);
    request.once("end", end).once("close", end).resume();
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
/** How long a sender may go on sending a body that was refused. */
const LINGER_MS = 1_000;

interface RefusalOptions {
  readonly detail?: string;
  readonly retryAfterS?: number;
  /** The connection ends with this answer. */
  readonly isLast?: boolean;
  /** The answer is written; the caller ends it. */
  readonly lingers?: boolean;
}

/** A refusal whose cause the sender is not told. */
class Refusal extends HttpProblem {
  override readonly cause: string;

  constructor(code: ProblemCode, cause: string) {
    super(code, "");
    this.cause = cause;
  }
}
