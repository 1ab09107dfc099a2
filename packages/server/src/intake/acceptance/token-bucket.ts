import type { RateLimit } from "@meshhook/journal";

/**
 * Lets so many requests through at once, and then so many in a time.
 *
 * Several processes share a limit: each refills its own bucket with its share of the rate, so that together they never refill faster
 * than the limit says. Each keeps the whole burst, because all requests of a sender may come to one of them.
 */
export class TokenBucket {
  readonly limit: RateLimit;
  readonly #share: () => number;
  readonly #burst: number;
  #tokens: number;
  #countedAt: number;

  /**
   * @param share  This process's part of the rate, above 0 and at most 1.
   * @param now    In milliseconds, like every `now` here, on a clock that never goes back.
   */
  constructor(limit: RateLimit, share: () => number, now: number) {
    this.limit = limit;
    this.#share = share;
    this.#burst = limit.burst ?? limit.requests;
    this.#tokens = this.#burst;
    this.#countedAt = now;
  }

  /** How many requests it lets through at once. */
  available(now: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#countedAt) * this.#perMs());
    this.#countedAt = now;
    return Math.floor(this.#tokens);
  }

  /** One of those that are available. */
  take(): void {
    this.#tokens -= 1;
  }

  /** Whole seconds until another request can come; where one can come now, until all that may come at once can. */
  secondsToMore(now: number): number {
    const wanted = this.available(now) === 0 ? 1 : this.#burst;
    return Math.ceil((wanted - this.#tokens) / this.#perMs() / 1_000);
  }

  #perMs(): number {
    return (this.limit.requests / this.limit.perS / 1_000) * this.#share();
  }
}
