import { HttpProblem } from "../http-problem.ts";

export interface HeavyWorkLimits {
  /** The most pieces of work at the same time, of all projects together. */
  readonly atOnceMax: number;
  readonly atOncePerProjectMax: number;
  /** The most pieces that wait, per project. */
  readonly waitingPerProjectMax: number;
}

const LIMITS: HeavyWorkLimits = { atOnceMax: 8, atOncePerProjectMax: 2, waitingPerProjectMax: 32 };
const RETRY_AFTER_S = 1;

/** Gives other work its turn; awaited between slices of work. */
export type Rest = () => Promise<void>;

interface Waiting {
  readonly projectId: string;
  readonly start: () => void;
}

/**
 * Reading and folding whole runs for the API. It is bounded, so that reading heavy runs blocks neither webhooks nor the API for other
 * projects.
 *
 * A rest lasts as long as all pieces together have worked in the meantime, so about half of the process's time remains for everything else,
 * however much is read.
 */
export class HeavyWork {
  readonly #limits: HeavyWorkLimits;
  readonly #waiting: Waiting[] = [];
  readonly #atOnce = new Map<string, number>();
  #total = 0;

  constructor(limits: HeavyWorkLimits = LIMITS) {
    this.#limits = limits;
  }

  /** @throws HttpProblem  `overloaded`, when too much work of the project is waiting. */
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
      throw new HttpProblem(
        "overloaded",
        "Too many runs of this project are being read at the same time; send the request again",
        {
          retryAfterS: RETRY_AFTER_S,
        },
      );
    return new Promise((start) => this.#waiting.push({ projectId, start }));
  }

  #startNext(): void {
    const at = this.#waiting.findIndex(({ projectId }) => this.#hasRoom(projectId));
    const [next] = at === -1 ? [] : this.#waiting.splice(at, 1);
    if (next === undefined) return;
    // Counted here, so that work arriving before it continues cannot take its place.
    this.#count(next.projectId, 1);
    next.start();
  }
}

const REST_MS_MAX = 100;
