interface Line {
  /** Pieces of work that are being done. */
  count: number;
  /** What waits, by rank. */
  readonly waiting: (() => void)[][];
}

/**
 * Bounds how many pieces of work of one kind are done at the same time, for each project by itself. Further ones wait: those of the highest rank
 * come first, and of the same rank those that came first.
 */
export class ProjectSlots {
  readonly #atOnceMax: number;
  readonly #lines = new Map<string, Line>();

  constructor(atOnceMax: number) {
    this.#atOnceMax = atOnceMax;
  }

  /** Pieces of work of the project that wait. */
  waiting(projectId: string): number {
    return this.#lines.get(projectId)?.waiting.reduce((sum, rank) => sum + rank.length, 0) ?? 0;
  }

  /**
   * Resolves when a piece of work may be done. Each place must be given back with `leave`.
   *
   * @param rank  A small whole number.
   */
  async enter(projectId: string, rank = 0): Promise<void> {
    let line = this.#lines.get(projectId);
    if (line === undefined) this.#lines.set(projectId, (line = { count: 0, waiting: [] }));
    if (line.count < this.#atOnceMax) {
      line.count += 1;
      return;
    }
    const { waiting } = line;
    await new Promise<void>((resolve) => (waiting[rank] ??= []).push(resolve));
  }

  /** The place goes to the next one that waits. */
  leave(projectId: string): void {
    const line = this.#lines.get(projectId);
    if (line === undefined) return;
    const next = line.waiting.findLast((rank) => rank !== undefined && rank.length > 0)?.shift();
    if (next !== undefined) return next();
    line.count -= 1;
    if (line.count === 0) this.#lines.delete(projectId);
  }
}
