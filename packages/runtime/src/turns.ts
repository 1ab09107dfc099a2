import type { Clock } from "./clock.ts";

/** How long a slice of work should take, milliseconds. */
export const SLICE_MS = 8;
/** However long a slice took, the wait for the next one is not longer than this. */
const REST_MS_MAX = 100;

/** Resolves when it is the caller's turn to do another slice; awaited between slices. */
export type Rest = () => Promise<void>;

interface Waiting {
  /** The slices that this worker has done. */
  readonly slices: number;
  readonly resume: () => void;
}

/**
 * Long work is done in slices: one slice of one worker at a time, then a rest as long as the slice. About half of the process's time
 * remains for everything else, however much work there is. A rest of one turn of the event loop would not be enough, because a turn accepts
 * only one connection.
 *
 * Turns rotate among the projects. Within a project they go alternately to the worker that has waited longest and to the one that has done
 * least, so that short work is not delayed by long work, and long work is finished.
 */
export class Turns {
  readonly #clock: Clock;
  /** The resting workers, by project, in the order of the projects' turns. */
  readonly #projects = new Map<string, Waiting[]>();
  #isArmed = false;
  #restUntilMs = -Infinity;
  #turn = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** For one piece of work of a project, from its beginning to its end. */
  worker(projectId: string): Rest {
    let slices = 0;
    return () =>
      new Promise((resume) => {
        const waiting = { slices: slices++, resume };
        const others = this.#projects.get(projectId);
        if (others === undefined) this.#projects.set(projectId, [waiting]);
        else others.push(waiting);
        this.#arm();
      });
  }

  #arm(): void {
    if (this.#isArmed || this.#projects.size === 0) return;
    this.#isArmed = true;
    const restMs = Math.ceil(Math.max(1, this.#restUntilMs - this.#clock.monotonicMs()));
    this.#clock.setTimer(() => this.#resumeNext(), restMs);
  }

  #resumeNext(): void {
    const startedMs = this.#clock.monotonicMs();
    this.#takeNext()?.resume();
    // The slice is what follows in microtasks; the tick comes after the last of them.
    queueMicrotask(() =>
      process.nextTick(() => {
        const endedMs = this.#clock.monotonicMs();
        this.#restUntilMs = endedMs + Math.min(REST_MS_MAX, endedMs - startedMs);
        this.#isArmed = false;
        this.#arm();
      }),
    );
  }

  #takeNext(): Waiting | undefined {
    for (const [projectId, waiting] of this.#projects) {
      const [next] = waiting.splice(this.#turn++ % 2 === 0 ? 0 : leastDone(waiting), 1);
      this.#projects.delete(projectId);
      if (waiting.length > 0) this.#projects.set(projectId, waiting);
      return next;
    }
    return undefined;
  }
}

function leastDone(waiting: readonly Waiting[]): number {
  let least = 0;
  for (let at = 1; at < waiting.length; at++) {
    if ((waiting[at]?.slices ?? 0) < (waiting[least]?.slices ?? 0)) least = at;
  }
  return least;
}
