import type { Fact } from "@meshhook/core";

import type { LiveRun, Intake } from "../live-run.ts";
import type { Logger } from "../logger.ts";
import type { Memory } from "../memory.ts";
import type { Shard } from "../shard.ts";
import type { Turns } from "../turns.ts";
import { weightOfFact, type Weight } from "../weigh.ts";
import type { OwnedShards } from "./owned-shards.ts";
import { UNSENT } from "./settlements.ts";

export interface RecorderOptions {
  readonly shards: OwnedShards;
  readonly memory: Memory;
  readonly turns: Turns;
  readonly log: Logger;
  /** The run has something to be written. */
  readonly enqueue: (live: LiveRun) => void;
}

/** Folds the facts of runs in memory, and hands the runs to the writer. A long fold goes on in slices, with rests between them. */
export class Recorder {
  readonly #options: RecorderOptions;
  #foldingBytes = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Bytes of the runs whose folds are not finished. */
  get foldingBytes(): number {
    return this.#foldingBytes;
  }

  /** Puts a new run, whose delivery is folded as far as one slice goes, into memory and queues its first segment. */
  enter(shard: Shard, live: LiveRun, intake: Intake): void {
    live.intake = intake;
    this.#options.memory.add(shard, live);
    if (live.isFolding) void this.#foldOn(shard, live);
    else this.#options.enqueue(live);
  }

  /** Folds a fact and queues it, unless the run has ended or left memory. */
  record(live: LiveRun, fact: Fact, weight: Weight = weightOfFact(fact)): void {
    if (live.stage === "gone" || (live.run.status !== "running" && !live.isFolding)) return;
    const { enqueue, memory, shards } = this.#options;
    memory.grow(live, weight);
    const wasFolding = live.isFolding;
    live.record(fact);
    if (!live.isFolding) return enqueue(live);
    const shard = shards.get(live.shard);
    if (!wasFolding && shard !== undefined) void this.#foldOn(shard, live);
  }

  /** The heavy lane: folds a slice whenever it is the run's turn, and queues the run when the fold is finished. */
  async #foldOn(shard: Shard, live: LiveRun): Promise<void> {
    const { enqueue, log, memory, turns } = this.#options;
    const rest = turns.worker(live.projectId);
    const bytes = live.heapBytes;
    this.#foldingBytes += bytes;
    try {
      while (live.isFolding) {
        await rest();
        if (live.stage === "gone") return;
        live.proceed();
      }
      enqueue(live);
    } catch (error) {
      log.error(
        { runId: live.runId, error: String(error) },
        "this run cannot be folded; it stays unchanged in the journal",
      );
      if (live.stage !== "sent") live.settleIntake(UNSENT);
      memory.remove(shard, live);
    } finally {
      this.#foldingBytes -= bytes;
    }
  }
}
