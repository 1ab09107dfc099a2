import type { Catalog } from "@meshhook/journal";

import { Admission } from "../admission/admission.ts";
import type { Clock } from "../clock.ts";
import type { Memory } from "../memory.ts";
import type { Recovery } from "../recovery/recovery.ts";
import type { Shard } from "../shard.ts";
import type { OwnedShards } from "./owned-shards.ts";
import type { Recorder } from "./recorder.ts";

export interface WorkflowTurnsOptions {
  readonly catalog: Pick<Catalog, "listPaused">;
  readonly clock: Clock;
  readonly shards: OwnedShards;
  readonly memory: Memory;
  readonly recorder: Recorder;
  readonly recovery: Recovery;
  readonly onAuthorityLost: (reason: string) => void;
}

/** Gives `Admission` what it needs: which workflows are paused, which runs go on, and a way to let a run begin. */
export class WorkflowTurns {
  readonly admission: Admission;
  readonly #options: WorkflowTurnsOptions;
  readonly #counting = new Set<Shard>();
  #pausesRead: Promise<void> = Promise.resolve();

  constructor(options: WorkflowTurnsOptions) {
    this.#options = options;
    this.admission = new Admission({
      isCounted: (workflowId) => this.#isCounted(workflowId),
      begin: (runId) => this.#begin(runId),
      onFailed: (error) => options.onAuthorityLost(`Reading a run whose turn it is failed: ${String(error)}`),
    });
  }

  /** Reads which workflows are paused. Calls that come while one is under way follow it. */
  readPauses(): Promise<void> {
    const read = async (): Promise<void> => this.admission.setPaused(new Set(await this.#options.catalog.listPaused()));
    this.#pausesRead = this.#pausesRead.then(read, read);
    return this.#pausesRead;
  }

  /** Why a run has not begun; null when it has, or when another process knows. `ahead`: runs whose turn comes first. */
  of(runId: string, workflowId: string): { readonly isPaused: boolean; readonly ahead: number } | null {
    const ahead = this.admission.ahead(workflowId, runId);
    return ahead === null ? null : { isPaused: this.admission.isPaused(workflowId), ahead };
  }

  async #begin(runId: string): Promise<boolean> {
    const { clock, memory, recorder, recovery, shards } = this.#options;
    const shard = shards.ofRunId(runId);
    if (shard === undefined) return false;
    const live = await memory.withRoom(() => recovery.load(shard, runId));
    if (live === null || live === "aside") return false;
    if (live.run.isHeld) recorder.record(live, { kind: "begin", at: live.timeOf(clock.now()) });
    return true;
  }

  /** Limits are kept in the home shard of a workflow, once everything that its last owner left has been counted. */
  #isCounted(workflowId: string): boolean {
    const shard = this.#options.shards.homeOf(workflowId);
    if (shard === null) return false;
    if (!shard.isCounted && !this.#counting.has(shard)) {
      this.#counting.add(shard);
      this.#count(shard).catch((error: unknown) => {
        if (!shard.isGone) this.#options.onAuthorityLost(`Counting parked runs failed: ${String(error)}`);
      });
    }
    return shard.isCounted;
  }

  async #count(shard: Shard): Promise<void> {
    await this.#options.recovery.visitParked(shard, (...run) => this.admission.count(...run));
    this.#counting.delete(shard);
    shard.isCounted = true;
    if (!shard.isGone) this.admission.serve();
  }
}
