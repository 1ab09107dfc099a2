import { HttpProblem } from "../http-problem.ts";

export interface HeavyWorkLimits {
  /** Pieces of work at once. Each takes a slice of the event loop in its turn, so few are better. */
  readonly atOnceMax: number;
  /** Pieces that wait. */
  readonly waitingMax: number;
}

const LIMITS: HeavyWorkLimits = { atOnceMax: 2, waitingMax: 64 };
const RETRY_AFTER_S = 1;

/** Reading and folding whole runs for the API: bounded, so that looking at heavy runs does not take the process from webhooks. */
export class HeavyWork {
  readonly #limits: HeavyWorkLimits;
  readonly #waiting: (() => void)[] = [];
  #atOnce = 0;

  constructor(limits: HeavyWorkLimits = LIMITS) {
    this.#limits = limits;
  }

  /** @throws HttpProblem  `overloaded`, when too much waits. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#atOnce >= this.#limits.atOnceMax) await this.#turn();
    else this.#atOnce++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The place goes on to whoever waits.
      if (next === undefined) this.#atOnce--;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#limits.waitingMax)
      throw new HttpProblem("overloaded", "Too many runs are being read at once; ask again", {
        retryAfterS: RETRY_AFTER_S,
      });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** Lets everything else have its turn. */
export function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
