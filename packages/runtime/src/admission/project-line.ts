import type { Applicant } from "./applicant.ts";
import { WorkflowLine } from "./workflow-line.ts";

/** A run that is to begin. */
export interface Turn {
  readonly runId: string;
  readonly workflowId: string;
}

/** What a run waits for that has not begun. */
export interface Hold {
  /** How many runs of its workflow wait before it. */
  readonly ahead: number;
  /** Whose limit keeps it waiting; null: its turn comes when those before it have begun, or when its workflow is resumed. */
  readonly slotOf: "workflow" | "project" | null;
}

/**
 * The lines of a project's workflows in this process, and, if only some runs of the project may go on at the same time, those that do.
 *
 * Its workflows take turns, so that the backlog of one keeps none of the others waiting.
 */
export class ProjectLine {
  readonly projectId: string;
  /** The runs that are beginning at this moment: a few. */
  readonly beginning = new Set<Turn>();
  #limit = Number.POSITIVE_INFINITY;
  /** Where the limit is finite. */
  readonly #going = new Set<string>();
  /** In the order of their turns. */
  readonly #lines = new Map<string, WorkflowLine>();

  constructor(projectId: string) {
    this.projectId = projectId;
  }

  get limit(): number {
    return this.#limit;
  }

  /** How many runs may go on at the same time. */
  set limit(limit: number) {
    this.#limit = limit;
    if (limit === Number.POSITIVE_INFINITY) this.#going.clear();
  }

  /** Nothing is lost with it. */
  get isIdle(): boolean {
    return this.beginning.size === 0 && this.#going.size === 0 && this.#lines.size === 0;
  }

  get #hasSlot(): boolean {
    return this.#going.size < this.#limit;
  }

  setPaused(workflowIds: ReadonlySet<string>): void {
    for (const line of this.#lines.values()) line.isPaused = workflowIds.has(line.workflowId);
  }

  /** The line that a run belongs to. */
  lineOf({ workflowId, concurrency, isChild }: Applicant, isPaused: boolean): WorkflowLine {
    const key = keyOf(workflowId, isChild);
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = new WorkflowLine(workflowId, isChild);
      line.isPaused = isPaused;
      this.#lines.set(key, line);
    }
    if (concurrency !== null) line.limit = concurrency;
    return line;
  }

  /** A new run of this workflow may go on at once: there is a slot, and no run waits that could take it. */
  isOpenTo(line: WorkflowLine): boolean {
    if (!line.isOpen) return false;
    if (line.isFree || this.#limit === Number.POSITIVE_INFINITY) return true;
    if (!this.#hasSlot) return false;
    for (const other of this.#lines.values()) if (other.isReady && !other.isFree) return false;
    return true;
  }

  /** The same for a run of a workflow without a limit in a project without one. */
  isOpen(workflowId: string): boolean {
    return this.#lines.get(keyOf(workflowId, false))?.isOpen ?? true;
  }

  /** A run goes on. */
  count(line: WorkflowLine, runId: string): void {
    line.count(runId);
    if (!line.isFree && this.#limit !== Number.POSITIVE_INFINITY) this.#going.add(runId);
  }

  /** A run waits for its turn. One that has had its turn is read from the journal as it was before. */
  hold(line: WorkflowLine, runId: string): void {
    for (const turn of this.beginning) if (turn.runId === runId) return;
    if (!this.#going.has(runId)) line.hold(runId);
  }

  /** The run has ended, or never came to be. */
  release(workflowId: string, runId: string): void {
    this.#going.delete(runId);
    for (const isChild of [false, true]) this.#lines.get(keyOf(workflowId, isChild))?.release(runId);
  }

  /** Forgets the runs that another process goes on with. */
  forget(isGone: (runId: string) => boolean): void {
    for (const turn of [...this.beginning]) if (isGone(turn.runId)) this.beginning.delete(turn);
    for (const runId of [...this.#going]) if (isGone(runId)) this.#going.delete(runId);
    for (const line of this.#lines.values()) line.forget(isGone);
  }

  /** Drops the lines that have nothing to remember. */
  tidy(): void {
    for (const [key, line] of this.#lines) if (line.isIdle) this.#lines.delete(key);
  }

  /**
   * The run whose turn it is, which then goes on; null when none may.
   *
   * @param isCounted  Whether everything that goes on where this run is has been counted. Asked where there is a limit.
   */
  next(isCounted: (runId: string) => boolean): Turn | null {
    for (const [key, line] of this.#lines) {
      if (!line.isFree && !this.#hasSlot) continue;
      const runId = line.first();
      if (runId === null) continue;
      const limit = line.isFree ? line.limit : Math.min(line.limit, this.#limit);
      if (limit !== Number.POSITIVE_INFINITY && !isCounted(runId)) continue;
      line.leave(runId);
      this.count(line, runId);
      this.#lines.delete(key);
      this.#lines.set(key, line);
      return { runId, workflowId: line.workflowId };
    }
    return null;
  }

  /** Null when the run does not wait here. */
  waitOf(workflowId: string, runId: string): Hold | null {
    for (const isChild of [false, true]) {
      const line = this.#lines.get(keyOf(workflowId, isChild));
      const ahead = line?.ahead(runId) ?? null;
      if (line === undefined || ahead === null) continue;
      if (!line.hasSlot) return { ahead, slotOf: "workflow" };
      return { ahead, slotOf: line.isFree || this.#hasSlot ? null : "project" };
    }
    return null;
  }
}

function keyOf(workflowId: string, isChild: boolean): string {
  return isChild ? `${workflowId} children` : workflowId;
}
