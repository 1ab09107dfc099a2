import { shardOfRunId } from "@meshhook/core";

import { Admission } from "../admission/admission.ts";
import type { Applicant } from "../admission/applicant.ts";
import { type AdmissionCatalog, readAdmissionRules } from "../admission/rules.ts";
import type { Clock } from "../clock.ts";
import type { Memory } from "../memory.ts";
import type { Recovery } from "../recovery/recovery.ts";
import type { Shard } from "../shard.ts";
import type { OwnedShards } from "./owned-shards.ts";
import type { Recorder } from "./recorder.ts";

export interface WorkflowTurnsOptions {
  readonly catalog: AdmissionCatalog;
  readonly clock: Clock;
  readonly shards: OwnedShards;
  readonly memory: Memory;
  readonly recorder: Recorder;
  readonly recovery: Recovery;
  readonly onAuthorityLost: (reason: string) => void;
}

/** Gives `Admission` what it needs: what is paused or limited, which runs go on, and a way to let a run begin. */
export class WorkflowTurns {
  readonly admission: Admission;
  readonly #options: WorkflowTurnsOptions;
  readonly #counting = new Set<Shard>();
  #rulesRead: Promise<void> = Promise.resolve();

  constructor(options: WorkflowTurnsOptions) {
    this.#options = options;
    this.admission = new Admission({
      isCounted: (runId) => this.#isCounted(runId),
      begin: (runId) => this.#begin(runId),
      onFailed: (error) => options.onAuthorityLost(`Reading a run whose turn it is failed: ${String(error)}`),
    });
  }

  /** Reads which workflows are paused and which projects have a limit. Calls that come while one is under way follow it. */
  readRules(): Promise<void> {
    const read = async (): Promise<void> => this.admission.setRules(await readAdmissionRules(this.#options.catalog));
    this.#rulesRead = this.#rulesRead.then(read, read);
    return this.#rulesRead;
  }

  async #begin(runId: string): Promise<boolean> {
    const { clock, memory, recorder, recovery, shards } = this.#options;
    const shard = shards.ofRunId(runId);
    if (shard === undefined) return false;
    const live = await memory.withRoom(() => recovery.load(shard, runId));
    if (live === null || live === "aside") return false;
    // It has left memory again since it was found.
    if (live.stage === "gone") return this.#begin(runId);
    if (live.run.isHeld) recorder.record(live, { kind: "begin", at: live.timeOf(clock.now()) });
    return true;
  }

  /** A run was found that goes on. */
  countGoing(run: Applicant): void {
    if (this.#isLimited(run)) this.admission.count(run);
  }

  /** Whether a run that goes on counts for a limit. That of a project is kept in the home shard of the project. */
  #isLimited({ projectId, runId, concurrency, isChild }: Applicant): boolean {
    if (isChild) return false;
    if (concurrency !== null) return true;
    return this.admission.hasLimit(projectId) && this.#options.shards.homeNumberOf(projectId) === shardOfRunId(runId);
  }

  /** Limits are kept in one shard, that of the runs, once everything that its last owner left has been counted. */
  #isCounted(runId: string): boolean {
    const shard = this.#options.shards.ofRunId(runId);
    if (shard === undefined || !shard.isRead || !shard.isInboxRead) return false;
    if (!shard.isCounted && !this.#counting.has(shard)) {
      this.#counting.add(shard);
      this.#count(shard).catch((error: unknown) => {
        if (!shard.isGone) this.#options.onAuthorityLost(`Counting runs failed: ${String(error)}`);
      });
    }
    return shard.isCounted;
  }

  async #count(shard: Shard): Promise<void> {
    await this.#options.recovery.visitAbsent(shard, (run) => this.countGoing(run));
    this.#counting.delete(shard);
    shard.isCounted = true;
    if (!shard.isGone) this.admission.serve();
  }
}
