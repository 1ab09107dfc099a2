import type { BreakerPolicy, Micros } from "@meshhook/core";

/**
 * A circuit breaker: closed while calls succeed, open after some failures in a row, and half-open when the pause is over. Then one call
 * probes the target, and its end closes the breaker or opens it again.
 *
 * Source: Michael Nygard, Release It!, "Circuit Breaker".
 */
export class Breaker {
  /** Times of the failures since the last success, oldest first. */
  #failures: Micros[] = [];
  /** Null: closed. */
  #openUntil: Micros | null = null;
  #probing: object | null = null;

  /** There is nothing to remember. */
  get isCalm(): boolean {
    return this.#failures.length === 0 && this.#openUntil === null;
  }

  /** Until when no call may start; infinity while a probe is out; null when one may start. */
  blockedUntil(now: Micros): Micros | null {
    if (this.#openUntil === null) return null;
    if (this.#probing !== null) return Number.POSITIVE_INFINITY;
    return now < this.#openUntil ? this.#openUntil : null;
  }

  /** A call starts: it is the probe if the breaker is half-open. */
  probe(call: object, now: Micros): void {
    if (this.#openUntil !== null && now >= this.#openUntil) this.#probing = call;
  }

  /** A call ended, or was given up. */
  forgetProbe(call: object): void {
    if (this.#probing === call) this.#probing = null;
  }

  note(isWell: boolean, now: Micros, { failures, windowMs, openMs }: BreakerPolicy): void {
    if (isWell) {
      this.#failures = [];
      this.#openUntil = null;
      return;
    }
    const since = now - windowMs * 1_000;
    this.#failures = [...this.#failures.filter((at) => at >= since), now].slice(-failures);
    // A failed probe opens it again; calls that were under way when it opened do not prolong the pause.
    const isProbe = this.#openUntil !== null && now >= this.#openUntil;
    if (isProbe || (this.#openUntil === null && this.#failures.length >= failures))
      this.#openUntil = now + openMs * 1_000;
  }
}
