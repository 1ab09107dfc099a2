import type { Redirect } from "@meshhook/core";
import type { Dispatcher } from "undici";

import type { Clock, Timer } from "../clock.ts";
import { keepUndecoded, readAnswerBody, type AnswerBody } from "./answer-body.ts";
import { AnswerBytes } from "./answer-bytes.ts";
import { headerText, keptHeaders, type AnswerHeaders } from "./answer-headers.ts";
import { explainCallError, tooLarge, type Explained } from "./call-failure.ts";
import type { CallOutcome } from "./call-outcome.ts";
import { ACCEPTED_CODINGS, CodingError, decode, readCodings } from "./content-coding.ts";
import { Hop, type HopWatcher } from "./hop.ts";
import type { Origin } from "./origin.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";
import { followRedirect, RedirectError, storedUrl, type Leg } from "./redirect.ts";

/** The body of an answer that leads elsewhere is read up to here, so that its connection can go on. */
const REDIRECT_BODY_BYTES_MAX = 65_536;

export interface ExchangeSources {
  readonly clock: Clock;
  readonly userAgent: string;
  /** @throws ForbiddenTarget, TlsSettingsFault */
  readonly originOf: (url: URL, identity: OutgoingRequest["tlsIdentity"]) => Origin;
}

/**
 * One call: its request, the redirects it follows, and its answer. Reports exactly once, and never before `start` returned.
 *
 * The deadline runs from the moment a connection is free for the first request until the last byte of the last answer: a target's
 * backlog is not the target's fault, but name look-up, connecting and the TLS handshake count.
 */
export class Exchange implements HopWatcher {
  readonly #sources: ExchangeSources;
  readonly #request: OutgoingRequest;
  readonly #timeoutMs: number;
  readonly #report: (outcome: CallOutcome | null) => void;
  readonly #redirects: Redirect[] = [];
  /** Null until the first redirect. */
  #visited: Set<string> | null = null;
  #leg: Leg | null = null;
  /** Where the answer that is being read leads; its body is read away. */
  #next: Leg | null = null;
  #hop: Hop | null = null;
  #deadline: Timer | null = null;
  #startedMs = 0;
  #status = 0;
  #headers: { [name: string]: string } = {};
  #contentType: string | undefined;
  #codings: readonly string[] = [];
  #wireBytesMax = 0;
  readonly #bytes = new AnswerBytes();
  #drainedBytes = 0;
  #isSent = false;
  #isStarting = true;
  #isOver = false;
  #isTold = false;
  /** Where its caller keeps it. */
  place = -1;

  /** `report` gets null when the exchange was abandoned. */
  constructor(
    sources: ExchangeSources,
    request: OutgoingRequest,
    timeoutMs: number,
    report: (outcome: CallOutcome | null) => void,
  ) {
    this.#sources = sources;
    this.#request = request;
    this.#timeoutMs = timeoutMs;
    this.#report = report;
  }

  start(): void {
    try {
      this.#send({ url: new URL(this.#request.url), request: this.#request }, false);
    } catch (error) {
      this.#failWith(error, false);
    }
    this.#isStarting = false;
  }

  abandon(): void {
    if (this.#isTold) return;
    this.#end();
    this.#tell(null);
  }

  onBegin(): void {
    if (this.#deadline !== null || this.#isOver) return;
    this.#startedMs = this.#sources.clock.monotonicMs();
    this.#deadline = this.#sources.clock.setTimer(() => this.#onDeadline(), this.#timeoutMs);
  }

  onSent(): void {
    this.#isSent = true;
  }

  onHead(status: number, headers: AnswerHeaders): void {
    const { method, responseBytesMax } = this.#request;
    try {
      this.#next = this.#leg === null ? null : followRedirect(this.#leg, status, locationOf(headers), this.#redirects);
    } catch (error) {
      return this.#failWith(error, true);
    }
    this.#status = status;
    if (this.#next !== null) return;
    this.#headers = keptHeaders(headers, method !== "HEAD");
    this.#contentType = headerText(headers["content-type"]);
    this.#codings = readCodings(headerText(headers["content-encoding"]), headerText(headers["transfer-encoding"]));
    // A coding makes what cannot be compressed a little larger.
    const growth = this.#codings.length === 0 ? 0 : 1_024 + Math.ceil(responseBytesMax / 64);
    this.#wireBytesMax = responseBytesMax + growth;
  }

  onBody(chunk: Buffer): void {
    if (this.#next !== null) {
      this.#drainedBytes += chunk.length;
      if (this.#drainedBytes <= REDIRECT_BODY_BYTES_MAX) return;
      this.#hop?.cancel();
      return this.#follow(this.#next);
    }
    if (this.#bytes.length + chunk.length > this.#wireBytesMax) {
      return this.#fail(tooLarge(this.#request.responseBytesMax));
    }
    this.#bytes.push(chunk);
  }

  onEnd(): void {
    if (this.#next !== null) return this.#follow(this.#next);
    const durationUs = this.#durationUs();
    try {
      const body = this.#readBody();
      this.#settle({
        kind: "response",
        status: this.#status,
        headers: this.#headers,
        durationUs,
        ...body,
        ...(this.#redirects.length === 0 ? undefined : { redirects: this.#redirects }),
      });
    } catch (error) {
      this.#failWith(error, true);
    }
  }

  onError(error: Error, hop: Hop): void {
    if (hop.isStale && this.#leg !== null) return this.#repeat(this.#leg);
    if (this.#next !== null) return this.#follow(this.#next);
    this.#failWith(error, hop.isAnswered);
  }

  /** @throws CodingError for a success that cannot be read, DecodedTooLarge */
  #readBody(): AnswerBody {
    const bytes = this.#bytes.take();
    try {
      const { responseBytesMax, responseType } = this.#request;
      return readAnswerBody(decode(bytes, this.#codings, responseBytesMax), this.#contentType, responseType);
    } catch (error) {
      // A status that means failure is the answer, whatever its body, because retries and error edges depend on it.
      if (!(error instanceof CodingError) || this.#status < 300) throw error;
      return keepUndecoded(bytes, error.message);
    }
  }

  #follow(next: Leg): void {
    const status = this.#status;
    this.#next = null;
    this.#drainedBytes = 0;
    this.#redirects.push({ status, url: storedUrl(next.url) });
    try {
      this.#requireUnvisited(next);
    } catch (error) {
      return this.#failWith(error, false);
    }
    this.#go(next, false);
  }

  /** @throws RedirectError */
  #requireUnvisited(next: Leg): void {
    this.#visited ??= new Set(this.#leg === null ? [] : [placeOf(this.#leg)]);
    const place = placeOf(next);
    if (this.#visited.has(place))
      throw new RedirectError(`The redirects form a loop: they lead back to an address of ${next.url.origin}`);
    this.#visited.add(place);
  }

  /** Whatever of an answer has come was not for this request. */
  #repeat(leg: Leg): void {
    this.#next = null;
    this.#drainedBytes = 0;
    this.#bytes.take();
    this.#go(leg, true);
  }

  #go(leg: Leg, isRepeat: boolean): void {
    try {
      this.#send(leg, isRepeat);
    } catch (error) {
      this.#failWith(error, false);
    }
  }

  /** @throws ForbiddenTarget */
  #send(leg: Leg, isRepeat: boolean): void {
    const { url, request } = leg;
    this.#leg = leg;
    const origin = this.#sources.originOf(url, request.tlsIdentity);
    const options: Dispatcher.DispatchOptions = {
      path: url.pathname + url.search,
      method: request.method,
      headers: headersOf(request, this.#sources.userAgent),
    };
    if (request.body !== undefined) options.body = request.body;
    const needsFresh = isRepeat || request.needsFreshConnection === true;
    this.#hop = new Hop(origin, options, needsFresh, this);
    this.#hop.start();
  }

  #onDeadline(): void {
    const within = `within timeoutMs (${this.#timeoutMs} ms)`;
    this.#fail({
      code: "timeout",
      message: this.#isSent
        ? `No complete answer ${within}`
        : `No connection ${within}: name look-up, connecting or the TLS handshake took longer`,
    });
  }

  #failWith(error: unknown, isAnswered: boolean): void {
    const explained = explainCallError(error, isAnswered, this.#request.responseBytesMax);
    // These say themselves where the answer led.
    if (error instanceof RedirectError) this.#settleFailure(explained);
    else this.#fail(explained);
  }

  /** Names the origin that failed, where the call does not go there by itself. No more than the origin: a path can hold payload. */
  #fail({ code, message }: Explained): void {
    const origin = this.#leg?.url.origin;
    const isElsewhere = this.#redirects.length > 0 && origin !== new URL(this.#request.url).origin;
    this.#settleFailure({ code, message: isElsewhere ? `After a redirect to ${origin}: ${message}` : message });
  }

  #settleFailure({ code, message }: Explained): void {
    const durationUs = this.#durationUs();
    this.#settle({ kind: "failure", code, message, durationUs, ...(this.#isSent ? undefined : { notSent: true }) });
  }

  #settle(outcome: CallOutcome): void {
    if (this.#isOver) return;
    this.#end();
    if (this.#isStarting) queueMicrotask(() => this.#tell(outcome));
    else this.#tell(outcome);
  }

  #tell(outcome: CallOutcome | null): void {
    if (this.#isTold) return;
    this.#isTold = true;
    try {
      this.#report(outcome);
    } catch (error) {
      // A defect, which ends the process. Thrown here, undici would take it for a fault of the answer, and the run would wait for ever.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #end(): void {
    this.#isOver = true;
    if (this.#deadline !== null) this.#sources.clock.clearTimer(this.#deadline);
    this.#hop?.cancel();
    this.#hop = null;
    this.#bytes.take();
  }

  #durationUs(): number {
    if (this.#deadline === null) return 0;
    return Math.max(0, Math.round((this.#sources.clock.monotonicMs() - this.#startedMs) * 1_000));
  }
}

function placeOf({ url, request }: Leg): string {
  return `${request.method} ${url.href}`;
}

/** Names and values in turn. */
function headersOf({ headers }: OutgoingRequest, userAgent: string): string[] {
  const pairs: string[] = [];
  if (!("user-agent" in headers)) pairs.push("user-agent", userAgent);
  // A part of something encoded cannot be decoded.
  if (!("accept-encoding" in headers))
    pairs.push("accept-encoding", "range" in headers ? "identity" : ACCEPTED_CODINGS);
  for (const name of Object.keys(headers)) pairs.push(name, headers[name] ?? "");
  return pairs;
}

/** Several that differ are none. */
function locationOf({ location }: AnswerHeaders): string | undefined {
  if (!Array.isArray(location)) return headerText(location);
  return new Set(location).size === 1 ? headerText(location[0]) : undefined;
}
