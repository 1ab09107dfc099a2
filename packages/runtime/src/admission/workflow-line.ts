/**
 * The runs of one workflow in this process that wait for their turn, and, if only some may go on at the same time, those that do.
 *
 * Holds ids only: the runs that wait are in the journal.
 */
export class WorkflowLine {
  readonly workflowId: string;
  /** Its runs need no slot: they are children, and keep their parents waiting. */
  readonly isFree: boolean;
  isPaused = false;
  /** How many runs may go on at the same time. */
  limit = Number.POSITIVE_INFINITY;
  /** Where the limit is finite. */
  readonly #going = new Set<string>();
  readonly #waiting = new Set<string>();
  /** The ids that wait, among others that no longer do; in order if `#isSorted`. */
  #order: string[] = [];
  #head = 0;
  #isSorted = true;

  constructor(workflowId: string, isFree = false) {
    this.workflowId = workflowId;
    this.isFree = isFree;
  }

  /** A new run may go on at once, as far as its workflow is concerned. */
  get isOpen(): boolean {
    return !this.isPaused && this.#waiting.size === 0 && this.hasSlot;
  }

  get hasSlot(): boolean {
    return this.#going.size < this.limit;
  }

  /** A run waits that the workflow lets go on. */
  get isReady(): boolean {
    return !this.isPaused && this.#waiting.size > 0 && this.hasSlot;
  }

  /** Nothing is lost with it. */
  get isIdle(): boolean {
    return this.#waiting.size === 0 && this.#going.size === 0;
  }

  /** How many runs wait for their turn before this one; null when it does not wait here. */
  ahead(runId: string): number | null {
    if (!this.#waiting.has(runId)) return null;
    let ahead = 0;
    for (const other of this.#waiting) if (other < runId) ahead += 1;
    return ahead;
  }

  /** A run goes on. */
  count(runId: string): void {
    if (this.limit !== Number.POSITIVE_INFINITY) this.#going.add(runId);
  }

  hold(runId: string): void {
    if (this.#waiting.has(runId) || this.#going.has(runId)) return;
    this.#waiting.add(runId);
    const last = this.#order.at(-1);
    if (last !== undefined && runId < last) this.#isSorted = false;
    this.#order.push(runId);
  }

  /** The run has ended, or never came to be. */
  release(runId: string): void {
    this.#going.delete(runId);
    this.#waiting.delete(runId);
  }

  /** Forgets the runs that another process goes on with. */
  forget(isGone: (runId: string) => boolean): void {
    for (const runId of [...this.#going, ...this.#waiting]) if (isGone(runId)) this.release(runId);
  }

  /** The run whose turn it is; null when none may go on. Runs have their turn in the order of their ids: of their start. */
  first(): string | null {
    if (!this.isReady) return null;
    if (!this.#isSorted || this.#head > 4_096) {
      this.#order = this.#order.slice(this.#head).sort();
      this.#head = 0;
      this.#isSorted = true;
    }
    for (; this.#head < this.#order.length; this.#head += 1) {
      const runId = this.#order[this.#head] ?? "";
      if (this.#waiting.has(runId)) return runId;
    }
    return null;
  }

  /** The run waits no longer. */
  leave(runId: string): void {
    this.#waiting.delete(runId);
  }
}
