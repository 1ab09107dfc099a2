/** How long a slice of work should take, milliseconds. */
export const SLICE_MS = 8;
/** However long a slice took, nobody waits longer than this for the next one. */
const REST_MS_MAX = 100;

/** Resolves when it is the caller's turn to do another slice; awaited between slices. */
export type Rest = () => Promise<void>;

interface Waiting {
  /** The slices that this worker has done. */
  readonly slices: number;
  readonly resume: () => void;
}

/**
 * Whoever has much to do takes it in slices, and rests between them: one slice of one of them at a time, and after it a rest as long as
 * the slice was. About half of the process's time stays with everything else, however much is being done: one turn of the event loop
 * would not be enough, because a turn accepts one connection.
 *
 * Turns go round the projects. Within a project they go by turns to whoever has waited longest, and to whoever has done least: short work is
 * not held up by long work, and long work comes to its end.
 */
export class Turns {
  /** Those that rest, by project, in the order in which the projects have their turns. */
  readonly #projects = new Map<string, Waiting[]>();
  #isArmed = false;
  #restUntilMs = -Infinity;
  #turn = 0;

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
    setTimeout(() => this.#resumeNext(), Math.ceil(Math.max(1, this.#restUntilMs - performance.now())));
  }

  #resumeNext(): void {
    const startedMs = performance.now();
    this.#takeNext()?.resume();
    // The slice is what follows in microtasks; the tick comes after the last of them.
    queueMicrotask(() =>
      process.nextTick(() => {
        const endedMs = performance.now();
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
