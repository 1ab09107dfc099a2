import { HttpProblem } from "../http-problem.ts";

export interface HeavyWorkLimits {
  /** Pieces of work at once, in all. */
  readonly atOnceMax: number;
  readonly atOncePerProjectMax: number;
  /** Pieces that wait, in each project. */
  readonly waitingPerProjectMax: number;
}

const LIMITS: HeavyWorkLimits = { atOnceMax: 8, atOncePerProjectMax: 2, waitingPerProjectMax: 32 };
const RETRY_AFTER_S = 1;

/** Lets others have their turn; awaited between slices of work. */
export type Rest = () => Promise<void>;

interface Waiting {
  readonly projectId: string;
  readonly start: () => void;
}

/**
 * Reading and folding whole runs for the API: bounded, so that looking at heavy runs takes neither the process from webhooks nor the
 * API from other projects.
 *
 * Whoever rests does so for as long as all pieces together worked meanwhile: about half of the process's time stays with everything
 * else, however much is looked at.
 */
export class HeavyWork {
  readonly #limits: HeavyWorkLimits;
  readonly #waiting: Waiting[] = [];
  readonly #atOnce = new Map<string, number>();
  #total = 0;

  constructor(limits: HeavyWorkLimits = LIMITS) {
    this.#limits = limits;
  }

  /** @throws HttpProblem  `overloaded`, when too much of the project waits. */
  async run<T>(projectId: string, work: (rest: Rest) => Promise<T>): Promise<T> {
    if (this.#hasRoom(projectId)) this.#count(projectId, 1);
    else await this.#turn(projectId);
    let resumedAt = performance.now();
    const rest = async (): Promise<void> => {
      const workedMs = performance.now() - resumedAt;
      await new Promise((resolve) => setTimeout(resolve, Math.min(REST_MS_MAX, workedMs * this.#total)));
      resumedAt = performance.now();
    };
    try {
      return await work(rest);
    } finally {
      this.#count(projectId, -1);
      this.#startNext();
    }
  }

  #hasRoom(projectId: string): boolean {
    return (
      this.#total < this.#limits.atOnceMax && (this.#atOnce.get(projectId) ?? 0) < this.#limits.atOncePerProjectMax
    );
  }

  #count(projectId: string, change: 1 | -1): void {
    this.#total += change;
    const count = (this.#atOnce.get(projectId) ?? 0) + change;
    if (count === 0) this.#atOnce.delete(projectId);
    else this.#atOnce.set(projectId, count);
  }

  #turn(projectId: string): Promise<void> {
    const { waitingPerProjectMax } = this.#limits;
    if (this.#waiting.filter((waiting) => waiting.projectId === projectId).length >= waitingPerProjectMax)
      throw new HttpProblem("overloaded", "Too many runs of this project are being read at once; ask again", {
        retryAfterS: RETRY_AFTER_S,
      });
    return new Promise((start) => this.#waiting.push({ projectId, start }));
  }

  #startNext(): void {
    const at = this.#waiting.findIndex(({ projectId }) => this.#hasRoom(projectId));
    const [next] = at === -1 ? [] : this.#waiting.splice(at, 1);
    if (next === undefined) return;
    // Counted here: whoever comes before it goes on must not take its place.
    this.#count(next.projectId, 1);
    next.start();
  }
}

const REST_MS_MAX = 100;
