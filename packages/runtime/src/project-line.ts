interface Line {
  /** Pieces of work that are being done. */
  count: number;
  readonly waiting: (() => void)[];
}

/** Bounds how many pieces of work of one kind are done at the same time, for each project by itself; further ones wait in order. */
export class ProjectLine {
  readonly #atOnceMax: number;
  readonly #lines = new Map<string, Line>();

  constructor(atOnceMax: number) {
    this.#atOnceMax = atOnceMax;
  }

  /** Pieces of work of the project that wait. */
  waiting(projectId: string): number {
    return this.#lines.get(projectId)?.waiting.length ?? 0;
  }

  /** Resolves when a piece of work may be done. Each place must be given back with `leave`. */
  async enter(projectId: string): Promise<void> {
    let line = this.#lines.get(projectId);
    if (line === undefined) this.#lines.set(projectId, (line = { count: 0, waiting: [] }));
    const { waiting } = line;
    if (line.count >= this.#atOnceMax) return new Promise((resolve) => waiting.push(resolve));
    line.count += 1;
  }

  /** The place goes to the next one that waits. */
  leave(projectId: string): void {
    const line = this.#lines.get(projectId);
    if (line === undefined) return;
    const next = line.waiting.shift();
    if (next !== undefined) return next();
    line.count -= 1;
    if (line.count === 0) this.#lines.delete(projectId);
  }
}
