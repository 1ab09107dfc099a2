import { shardOfRunId } from "@meshhook/core";

import { Gate } from "./gate.ts";

/** Runs that begin at the same time when a workflow is resumed. */
const BEGINS = 4;

export interface GatesOptions {
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
export class Gates {
  readonly #options: GatesOptions;
  readonly #gates = new Map<string, Gate>();
  readonly #serving = new Map<Gate, number>();
  #paused: ReadonlySet<string> = new Set();

  constructor(options: GatesOptions) {
    this.#options = options;
  }

  /** No run is held or counted. */
  get isIdle(): boolean {
    return this.#gates.size === 0;
  }

  isPaused(workflowId: string): boolean {
    return this.#paused.has(workflowId);
  }

  /** How many runs wait before this one; null when it does not wait here. */
  ahead(workflowId: string, runId: string): number | null {
    return this.#gates.get(workflowId)?.ahead(runId) ?? null;
  }

  /** Exactly these workflows are paused. */
  setPaused(workflowIds: ReadonlySet<string>): void {
    this.#paused = workflowIds;
    for (const workflowId of workflowIds) this.#gateOf(workflowId).isPaused = true;
    for (const gate of this.#gates.values()) {
      gate.isPaused = workflowIds.has(gate.workflowId);
      this.#serve(gate);
    }
  }

  /** A new run may go on at once, and counts as going on. Otherwise it has to be held. */
  admit(workflowId: string, concurrency: number | null, runId: string): boolean {
    if (concurrency === null) return this.#gates.get(workflowId)?.isOpen ?? true;
    const gate = this.#gateOf(workflowId, concurrency);
    if (!gate.isOpen || !this.#options.isCounted(workflowId)) return false;
    gate.count(runId);
    return true;
  }

  /** A run with a held delivery is durable. */
  hold(workflowId: string, concurrency: number | null, runId: string): void {
    const gate = this.#gateOf(workflowId, concurrency);
    gate.hold(runId);
    this.#serve(gate);
  }

  /** A run goes on: it was found in the journal. */
  count(workflowId: string, concurrency: number, runId: string): void {
    this.#gateOf(workflowId, concurrency).count(runId);
  }

  /** A run has ended, or was not stored. */
  release(workflowId: string, runId: string): void {
    const gate = this.#gates.get(workflowId);
    if (gate === undefined) return;
    gate.release(runId);
    this.#serve(gate);
  }

  /** Another process goes on with the runs of this shard. */
  forgetShard(shard: number): void {
    for (const gate of this.#gates.values()) {
      gate.forget((runId) => shardOfRunId(runId) === shard);
      this.#serve(gate);
    }
  }

  /** Lets runs begin that had to wait until everything was counted. */
  serve(): void {
    for (const gate of this.#gates.values()) this.#serve(gate);
  }

  #gateOf(workflowId: string, concurrency: number | null = null): Gate {
    let gate = this.#gates.get(workflowId);
    if (gate === undefined) {
      gate = new Gate(workflowId);
      gate.isPaused = this.#paused.has(workflowId);
      this.#gates.set(workflowId, gate);
    }
    if (concurrency !== null) gate.limit = concurrency;
    return gate;
  }

  #serve(gate: Gate): void {
    for (let serving = this.#serving.get(gate) ?? 0; serving < BEGINS; serving += 1) {
      const runId = this.#next(gate);
      if (runId === null) break;
      this.#serving.set(gate, serving + 1);
      void this.#begin(gate, runId);
    }
    if (gate.isIdle && !this.#serving.has(gate)) this.#gates.delete(gate.workflowId);
  }

  #next(gate: Gate): string | null {
    if (gate.limit !== Number.POSITIVE_INFINITY && !this.#options.isCounted(gate.workflowId)) return null;
    return gate.next();
  }

  async #begin(gate: Gate, first: string): Promise<void> {
    try {
      for (let runId: string | null = first; runId !== null; runId = this.#next(gate)) {
        if (!(await this.#options.begin(runId))) gate.release(runId);
      }
    } catch (error) {
      this.#options.onFailed(error);
    }
    const serving = (this.#serving.get(gate) ?? 1) - 1;
    if (serving === 0) this.#serving.delete(gate);
    else this.#serving.set(gate, serving);
    this.#serve(gate);
  }
}
