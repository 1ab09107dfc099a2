import { JsonInputError, parseJsonInput, type CallFailureCode, type CallRequest, type Json } from "@meshhook/core";
import { Pool, type Dispatcher } from "undici";

import type { Clock } from "../clock.ts";
import { ForbiddenTarget, type EgressPolicy } from "./egress.ts";

export type CallOutcome = CallResponse | CallFailure;

export interface CallResponse {
  readonly kind: "response";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
  readonly bodyError?: string;
  readonly durationUs: number;
}

export interface CallFailure {
  readonly kind: "failure";
  readonly code: CallFailureCode;
  readonly message: string;
  readonly durationUs: number;
}

export interface HttpCallerOptions {
  readonly clock: Clock;
  readonly egress: EgressPolicy;
  readonly connectionsPerOrigin: number;
  readonly userAgent: string;
}

/** Response headers that become facts: what retries, paging and people need; never cookies or credentials. */
const KEPT_HEADERS = new Set([
  "content-type",
  "date",
  "etag",
  "last-modified",
  "link",
  "location",
  "ratelimit-limit",
  "ratelimit-remaining",
  "ratelimit-reset",
  "retry-after",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  "x-request-id",
]);

const RESPONSE_HEADER_BYTES_MAX = 65_536;
/** An origin nobody called for this long gives its connections back. */
const ORIGIN_IDLE_MS = 300_000;
const ORIGINS_MAX = 1_000;

interface Origin {
  readonly pool: Pool;
  inFlight: number;
  usedAtMs: number;
}

/**
 * The only place that calls the outside world on a workflow's behalf.
 *
 * One pool of keep-alive connections per origin; requests beyond its size wait in line. Redirects are never followed, proxies
 * from the environment are ignored, responses are cut at their size limit, and the whole exchange has one deadline.
 */
export class HttpCaller {
  readonly #options: HttpCallerOptions;
  readonly #origins = new Map<string, Origin>();
  #inFlight = 0;
  #isClosed = false;

  constructor(options: HttpCallerOptions) {
    this.#options = options;
  }

  /** Requests handed over and not yet answered, waiting ones included. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Requests that wait for a free connection. */
  get queued(): number {
    let queued = 0;
    for (const { pool } of this.#origins.values()) queued += pool.stats.queued;
    return queued;
  }

  /** Sends the request; `done` is called once, never synchronously, unless the returned function aborts it first. */
  call(request: CallRequest, timeoutMs: number, done: (outcome: CallOutcome) => void): () => void {
    let url: URL;
    let origin: Origin;
    try {
      url = new URL(request.url);
      origin = this.#originOf(url);
    } catch (error) {
      const outcome = failureOf(error, 0);
      let isAborted = false;
      queueMicrotask(() => {
        if (!isAborted) done(outcome);
      });
      return () => {
        isAborted = true;
      };
    }
    const exchange = new Exchange(this.#options.clock, timeoutMs, request.responseBytesMax, (outcome) => {
      this.#inFlight--;
      origin.inFlight--;
      origin.usedAtMs = this.#options.clock.monotonicMs();
      if (outcome !== null && !this.#isClosed) done(outcome);
    });
    this.#inFlight++;
    origin.inFlight++;
    const options: Dispatcher.DispatchOptions = {
      path: url.pathname + url.search,
      method: request.method,
      headers: { "user-agent": this.#options.userAgent, ...request.headers },
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    if (request.body !== undefined) options.body = request.body;
    origin.pool.dispatch(options, exchange);
    return () => exchange.abandon();
  }

  /** Aborts what is in flight without calling back, and closes all connections. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const pools = [...this.#origins.values()].map(({ pool }) => pool.destroy());
    this.#origins.clear();
    await Promise.all(pools);
  }

  #originOf(url: URL): Origin {
    const known = this.#origins.get(url.origin);
    if (known !== undefined) return known;
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      throw new ForbiddenTarget(`${url.protocol} is not allowed; use http: or https:`);
    }
    this.#options.egress.checkOrigin(url);
    if (this.#origins.size >= ORIGINS_MAX) this.#dropIdle();
    const pool = new Pool(url.origin, {
      connections: this.#options.connectionsPerOrigin,
      pipelining: 1,
      keepAliveTimeout: 30_000,
      maxHeaderSize: RESPONSE_HEADER_BYTES_MAX,
      connect: { lookup: this.#options.egress.lookupFor(url), timeout: 10_000 },
    });
    const origin: Origin = { pool, inFlight: 0, usedAtMs: this.#options.clock.monotonicMs() };
    this.#origins.set(url.origin, origin);
    return origin;
  }

  #dropIdle(): void {
    const now = this.#options.clock.monotonicMs();
    let oldest: string | null = null;
    let oldestMs = Infinity;
    for (const [name, origin] of this.#origins) {
      if (origin.inFlight > 0) continue;
      if (now - origin.usedAtMs > ORIGIN_IDLE_MS) {
        this.#origins.delete(name);
        void origin.pool.close();
      } else if (origin.usedAtMs < oldestMs) {
        oldest = name;
        oldestMs = origin.usedAtMs;
      }
    }
    if (this.#origins.size < ORIGINS_MAX || oldest === null) return;
    const origin = this.#origins.get(oldest);
    this.#origins.delete(oldest);
    void origin?.pool.close();
  }
}

/** One request and its answer; reports exactly once. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #bytesMax: number;
  readonly #report: (outcome: CallOutcome | null) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #deadline: NodeJS.Timeout | null = null;
  #startedMs: number;
  #status = 0;
  #headers: Record<string, string> = {};
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isOver = false;

  /** `report` gets null when the exchange was abandoned. */
  constructor(clock: Clock, timeoutMs: number, bytesMax: number, report: (outcome: CallOutcome | null) => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#bytesMax = bytesMax;
    this.#report = report;
    this.#startedMs = clock.monotonicMs();
  }

  abandon(): void {
    if (this.#isOver) return;
    this.#end();
    this.#report(null);
    this.#controller?.abort(new Error("abandoned"));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isOver) return controller.abort(new Error("abandoned"));
    this.#controller = controller;
    // The deadline covers the exchange, not the wait for a connection: a target's backlog is not the target's fault.
    this.#startedMs = this.#clock.monotonicMs();
    this.#deadline = setTimeout(() => this.#onDeadline(), this.#timeoutMs);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    for (const name in headers) {
      const value = headers[name];
      if (value !== undefined && KEPT_HEADERS.has(name))
        this.#headers[name] = typeof value === "string" ? value : value.join(", ");
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#bytesMax) {
      this.#fail("response_too_large", `the response is larger than responseBytesMax (${this.#bytesMax} bytes)`);
      return controller.abort(new Error("response too large"));
    }
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    const durationUs = this.#durationUs();
    const first = this.#chunks[0];
    const bytes = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    const text = bytes.toString("utf8");
    const outcome = { kind: "response", status: this.#status, headers: this.#headers, durationUs } as const;
    this.#end();
    if (!isJson(this.#headers["content-type"]) || text === "") return this.#report({ ...outcome, body: text });
    try {
      this.#report({ ...outcome, body: parseJsonInput(text) });
    } catch (error) {
      if (!(error instanceof JsonInputError)) throw error;
      this.#report({ ...outcome, body: text, bodyError: error.message });
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return;
    const outcome = failureOf(error, this.#durationUs());
    this.#end();
    this.#report(outcome);
  }

  #onDeadline(): void {
    this.#fail("timeout", `no complete response within timeoutMs (${this.#timeoutMs} ms)`);
    this.#controller?.abort(new Error("deadline"));
  }

  #fail(code: CallFailureCode, message: string): void {
    if (this.#isOver) return;
    const durationUs = this.#durationUs();
    this.#end();
    this.#report({ kind: "failure", code, message, durationUs });
  }

  #end(): void {
    this.#isOver = true;
    if (this.#deadline !== null) clearTimeout(this.#deadline);
  }

  #durationUs(): number {
    return Math.max(0, Math.round((this.#clock.monotonicMs() - this.#startedMs) * 1_000));
  }
}

function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType);
}

const TLS_CODES = /^(?:ERR_TLS|ERR_SSL|CERT_|EPROTO$|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_)/;

function failureOf(error: unknown, durationUs: number): CallFailure {
  if (error instanceof ForbiddenTarget)
    return { kind: "failure", code: "forbidden_target", message: error.message, durationUs };
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  if (code === "UND_ERR_CONNECT_TIMEOUT")
    return { kind: "failure", code: "timeout", message: cause.message, durationUs };
  if (TLS_CODES.test(code)) return { kind: "failure", code: "tls", message: `${code}: ${cause.message}`, durationUs };
  // A name with several addresses fails with all their errors; the first is as good as any.
  const first = cause instanceof AggregateError && cause.errors[0] instanceof Error ? cause.errors[0] : cause;
  return { kind: "failure", code: "network", message: first.message === "" ? code : first.message, durationUs };
}
