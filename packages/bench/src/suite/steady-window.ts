import { findSteadyStart } from "../stats/index.ts";

/** Intervals that must agree, and how closely. Half seconds on a shared machine scatter more than DaCapo's whole iterations. */
const STEADY = { windowCount: 4, limit: 0.05 };
/** Compilation and connection set-up are never over before. */
const WARMUP_MS_MIN = 2_000;

/** Finds, while a saturating load runs, when its warm-up is over: the rate has stopped changing, or the time allowed is up. */
export class WarmupWatch {
  readonly #msMax: number;
  readonly #rates: number[] = [];
  #last: { readonly atUs: number; readonly acked: number } | null = null;
  #startUs: number | null = null;

  constructor(msMax: number) {
    this.#msMax = msMax;
  }

  /** Takes the totals at an instant. `steady` or `timeout` once it is over; null before. */
  take(atUs: number, acked: number): "steady" | "timeout" | null {
    this.#startUs ??= atUs;
    if (this.#last !== null && atUs > this.#last.atUs) {
      this.#rates.push(((acked - this.#last.acked) * 1e6) / (atUs - this.#last.atUs));
    }
    this.#last = { atUs, acked };
    const elapsedMs = (atUs - this.#startUs) / 1_000;
    if (elapsedMs < Math.min(WARMUP_MS_MIN, this.#msMax)) return null;
    if (findSteadyStart(this.#rates.slice(-STEADY.windowCount), STEADY) !== null) return "steady";
    return elapsedMs >= this.#msMax ? "timeout" : null;
  }
}
