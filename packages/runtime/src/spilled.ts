/** All projects: the mark of a read that was interrupted. */
export const EVERYBODY = null;
/** A project id, or all projects. */
export type Whose = string | typeof EVERYBODY;

interface Mark {
  from: string;
  /** While runs from `from` on are being read: the lowest one that was left out in the meantime. */
  leftOut: string | null;
  isBeingRead: boolean;
}

/**
 * The runs of a shard that are only in the journal, because there was no room for them: for a project, or for all, the run id from which
 * on there may be some. A mark is never above such a run.
 */
export class Spilled {
  readonly #marks = new Map<Whose, Mark>();

  get isEmpty(): boolean {
    return this.#marks.size === 0;
  }

  /** The lowest; null when there is none. */
  get lowest(): string | null {
    let lowest: string | null = null;
    for (const { from, leftOut } of this.#marks.values()) {
      if (lowest === null || from < lowest) lowest = from;
      if (leftOut !== null && leftOut < lowest) lowest = leftOut;
    }
    return lowest;
  }

  /** Whose runs have to be read. */
  get owners(): readonly Whose[] {
    return [...this.#marks.keys()];
  }

  /** Projects that have a mark of their own. */
  get projects(): readonly string[] {
    return [...this.#marks.keys()].filter((whose) => whose !== EVERYBODY);
  }

  /** Unfinished runs from this id on may be only in the journal. */
  note(whose: Whose, runId: string): void {
    const mark = this.#marks.get(whose);
    if (mark === undefined) this.#marks.set(whose, { from: runId, leftOut: null, isBeingRead: false });
    else if (mark.isBeingRead) mark.leftOut = lower(mark.leftOut, runId);
    else mark.from = lower(mark.from, runId);
  }

  /** The run id to read from; null when there is no mark, or it is being read already. The mark stays until `endReading`. */
  beginReading(whose: Whose): string | null {
    const mark = this.#marks.get(whose);
    if (mark === undefined || mark.isBeingRead) return null;
    mark.isBeingRead = true;
    return mark.from;
  }

  /** @param next  Where the read stopped; null when it reached the end. */
  endReading(whose: Whose, next: string | null): void {
    const leftOut = this.#marks.get(whose)?.leftOut ?? null;
    const from = next === null ? leftOut : lower(leftOut, next);
    if (from === null) this.#marks.delete(whose);
    else this.#marks.set(whose, { from, leftOut: null, isBeingRead: false });
  }
}

function lower(one: string | null, other: string): string {
  return one !== null && one < other ? one : other;
}
