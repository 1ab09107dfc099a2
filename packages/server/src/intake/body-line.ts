import { HttpProblem } from "../http-problem.ts";

export interface BodyLineLimits {
  /** The most bodies that wait, per project. Their bytes are bounded where they are held. */
  readonly waitingOfOneMax: number;
  /** A sender that waited longer is told to send again. */
  readonly waitMs: number;
}

const LIMITS: BodyLineLimits = { waitingOfOneMax: 128, waitMs: 10_000 };

interface Waiting {
  readonly since: number;
  readonly work: () => void;
  readonly refuse: (problem: HttpProblem) => void;
}

/**
 * Large bodies are read one after the other. After each, everything else gets the process for as long as the body took, because reading one
 * can take a second and cannot be interrupted. Projects take turns.
 */
export class BodyLine {
  readonly #limits: BodyLineLimits;
  /** By project, the next one first. */
  readonly #waiting = new Map<string, Waiting[]>();
  #isTaken = false;

  constructor(limits: Partial<BodyLineLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /**
   * Does the work: at once if nothing is working or resting, otherwise in its turn.
   *
   * @param work  Must not throw.
   * @param refuse  Called instead of the work, with `overloaded`: too much work of the project is waiting, or this work waited too long.
   */
  run(projectId: string, work: () => void, refuse: (problem: HttpProblem) => void): void {
    if (!this.#isTaken) return this.#do(work);
    const waiting = this.#waiting.get(projectId) ?? [];
    if (waiting.length >= this.#limits.waitingOfOneMax) return refuse(overloaded());
    waiting.push({ since: performance.now(), work, refuse });
    this.#waiting.set(projectId, waiting);
  }

  #do(work: () => void): void {
    this.#isTaken = true;
    const startedAt = performance.now();
    try {
      work();
    } finally {
      // One turn of the event loop later, even if the process stood still in the meantime.
      const rested = (): void => void setImmediate(() => this.#next());
      setTimeout(rested, Math.ceil(performance.now() - startedAt));
    }
  }

  #next(): void {
    this.#isTaken = false;
    const tooLate = performance.now() - this.#limits.waitMs;
    for (let next = this.#leave(); next !== undefined; next = this.#leave()) {
      if (next.since >= tooLate) return this.#do(next.work);
      next.refuse(overloaded());
    }
  }

  #leave(): Waiting | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [projectId, waiting] = first;
    const left = waiting.shift();
    this.#waiting.delete(projectId);
    if (waiting.length > 0) this.#waiting.set(projectId, waiting);
    return left;
  }
}

function overloaded(): HttpProblem {
  return new HttpProblem("overloaded", "Too many large bodies are waiting to be read; send the request again", {
    retryAfterS: 1,
  });
}
