import type { Clock } from "../clock.ts";
import type { CallOutcome } from "./call-outcome.ts";
import type { Caller } from "./caller.ts";

/** From then on, a use of it reads it again in the background. */
const FRESH_MS = 600_000;
/** A copy that could not be renewed for so long is no longer used. */
const USABLE_MS = 86_400_000;
/** How soon somebody who misses something in it may cause another request. */
const AGAIN_MS = 30_000;
/** How long a failure is remembered. */
const FAILED_MS = 5_000;
const TIMEOUT_MS = 5_000;
const BYTES_MAX = 262_144;

/** A document could not be read and there is no copy that may be used. The message says why. */
export class DocumentUnavailable extends Error {
  override readonly name = "DocumentUnavailable";
}

/**
 * A document that somebody else publishes, such as the public keys of a sender, and the copy of it here.
 *
 * It is requested when it is first used, every ten minutes while it is used, and twice a minute at most for those who miss something in
 * it: callers that make up names of keys cause no more requests. Redirects are not followed.
 */
export class PublishedDocument<T> {
  readonly #url: string;
  readonly #caller: Caller;
  readonly #clock: Clock;
  readonly #parse: (text: string) => T;
  #copy: { readonly value: T; readonly atMs: number } | null = null;
  #reading: Promise<T> | null = null;
  #failure: { readonly error: DocumentUnavailable; readonly atMs: number } | null = null;

  /** @param parse  Throws an error that says what is wrong with the text. */
  constructor(url: string, caller: Caller, clock: Clock, parse: (text: string) => T) {
    this.#url = url;
    this.#caller = caller;
    this.#clock = clock;
    this.#parse = parse;
  }

  /** @throws DocumentUnavailable */
  async read(): Promise<T> {
    const ageMs = this.#copy === null ? Infinity : this.#clock.monotonicMs() - this.#copy.atMs;
    if (this.#copy === null || ageMs > USABLE_MS) return this.#renew();
    // A failure is kept there, and the next use tries again.
    if (ageMs > FRESH_MS) this.#renew().catch(() => null);
    return this.#copy.value;
  }

  /**
   * A copy that is newer than one that lacks something; null when there is none, and it is too early to ask.
   *
   * @throws DocumentUnavailable
   */
  async readAfter(old: T): Promise<T | null> {
    if (this.#copy !== null && this.#copy.value !== old) return this.#copy.value;
    if (this.#copy !== null && this.#clock.monotonicMs() - this.#copy.atMs < AGAIN_MS) return null;
    return this.#renew();
  }

  /** @throws DocumentUnavailable */
  #renew(): Promise<T> {
    if (this.#reading !== null) return this.#reading;
    if (this.#failure !== null && this.#clock.monotonicMs() - this.#failure.atMs < FAILED_MS)
      return Promise.reject(this.#failure.error);
    this.#reading = this.#request().finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #request(): Promise<T> {
    const outcome = await new Promise<CallOutcome>((resolve) => {
      const headers = { accept: "application/json" };
      const request = {
        method: "GET",
        url: this.#url,
        headers,
        responseType: "text",
        responseBytesMax: BYTES_MAX,
      } as const;
      this.#caller.call(request, TIMEOUT_MS, resolve);
    });
    try {
      const value = this.#parse(textOf(outcome));
      this.#copy = { value, atMs: this.#clock.monotonicMs() };
      this.#failure = null;
      return value;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const error = new DocumentUnavailable(`Cannot read ${this.#url}: ${why}`, { cause });
      this.#failure = { error, atMs: this.#clock.monotonicMs() };
      throw error;
    }
  }
}

function textOf(outcome: CallOutcome): string {
  if (outcome.kind === "failure") throw new Error(outcome.message);
  if (outcome.status !== 200) throw new Error(`it was answered with status ${outcome.status}`);
  if (typeof outcome.body !== "string" || outcome.bodyEncoding !== undefined)
    throw new Error("it is not text in UTF-8");
  return outcome.body;
}
