import { shardOfRunId } from "@meshhook/core";

import { WorkflowLine } from "./workflow-line.ts";

/** Runs that begin at the same time when a workflow is resumed. */
const BEGINS = 4;

export interface AdmissionOptions {
  /** Everything that goes on is counted, so a limit can be kept. If not, `serve` is called when it is. */
  readonly isCounted: (workflowId: string) => boolean;
  /** It is the turn of a run. Resolves when that is recorded; false when there is no such run any more. */
  readonly begin: (runId: string) => Promise<boolean>;
  readonly onFailed: (error: unknown) => void;
}

/**
 * Which runs wait for their turn: those of workflows that are paused, and those beyond a workflow's limit of runs that go on at the same time.
 *
 * A run that waits is accepted and durable, as a run with a held delivery, and not in memory. While no workflow is paused or limited, this costs
 * a run one comparison.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #lines = new Map<string, WorkflowLine>();
  readonly #serving = new Map<WorkflowLine, number>();
  #paused: ReadonlySet<string> = new Set();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** No run is held or counted. */
  get isIdle(): boolean {
    return this.#lines.size === 0;
  }

  isPaused(workflowId: string): boolean {
    return this.#paused.has(workflowId);
  }

  /** How many runs wait before this one; null when it does not wait here. */
  ahead(workflowId: string, runId: string): number | null {
    return this.#lines.get(workflowId)?.ahead(runId) ?? null;
  }

  /** Exactly these workflows are paused. */
  setPaused(workflowIds: ReadonlySet<string>): void {
    this.#paused = workflowIds;
    for (const workflowId of workflowIds) this.#lineOf(workflowId).isPaused = true;
    for (const line of this.#lines.values()) {
      line.isPaused = workflowIds.has(line.workflowId);
      this.#serve(line);
    }
  }

  /** A new run may go on at once, and counts as going on. Otherwise it has to be held. */
  admit(workflowId: string, concurrency: number | null, runId: string): boolean {
    if (concurrency === null) return this.#lines.get(workflowId)?.isOpen ?? true;
    const line = this.#lineOf(workflowId, concurrency);
    if (!line.isOpen || !this.#options.isCounted(workflowId)) return false;
    line.count(runId);
    return true;
  }

  /** A run with a held delivery is durable. */
  hold(workflowId: string, concurrency: number | null, runId: string): void {
    const line = this.#lineOf(workflowId, concurrency);
    line.hold(runId);
    this.#serve(line);
  }

  /** A run goes on: it was found in the journal. */
  count(workflowId: string, concurrency: number, runId: string): void {
    this.#lineOf(workflowId, concurrency).count(runId);
  }

  /** A run has ended, or was not stored. */
  release(workflowId: string, runId: string): void {
    const line = this.#lines.get(workflowId);
    if (line === undefined) return;
    line.release(runId);
    this.#serve(line);
  }

  /** Another process goes on with the runs of this shard. */
  forgetShard(shard: number): void {
    for (const line of this.#lines.values()) {
      line.forget((runId) => shardOfRunId(runId) === shard);
      this.#serve(line);
    }
  }

  /** Lets runs begin that had to wait until everything was counted. */
  serve(): void {
    for (const line of this.#lines.values()) this.#serve(line);
  }

  #lineOf(workflowId: string, concurrency: number | null = null): WorkflowLine {
    let line = this.#lines.get(workflowId);
    if (line === undefined) {
      line = new WorkflowLine(workflowId);
      line.isPaused = this.#paused.has(workflowId);
      this.#lines.set(workflowId, line);
    }
    if (concurrency !== null) line.limit = concurrency;
    return line;
  }

  #serve(line: WorkflowLine): void {
    for (let serving = this.#serving.get(line) ?? 0; serving < BEGINS; serving += 1) {
      const runId = this.#next(line);
      if (runId === null) break;
      this.#serving.set(line, serving + 1);
      void this.#begin(line, runId);
    }
    if (line.isIdle && !this.#serving.has(line)) this.#lines.delete(line.workflowId);
  }

  #next(line: WorkflowLine): string | null {
    if (line.limit !== Number.POSITIVE_INFINITY && !this.#options.isCounted(line.workflowId)) return null;
    return line.next();
  }

  async #begin(line: WorkflowLine, first: string): Promise<void> {
    try {
      for (let runId: string | null = first; runId !== null; runId = this.#next(line)) {
        if (!(await this.#options.begin(runId))) line.release(runId);
      }
    } catch (error) {
      this.#options.onFailed(error);
    }
    const serving = (this.#serving.get(line) ?? 1) - 1;
    if (serving === 0) this.#serving.delete(line);
    else this.#serving.set(line, serving);
    this.#serve(line);
  }
}
