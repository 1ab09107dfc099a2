import type { Admission } from "../admission/admission.ts";
import { applicantOf } from "../admission/applicant.ts";
import type { Clock } from "../clock.ts";
import type { LiveRun } from "../live-run.ts";
import type { Memory } from "../memory.ts";
import type { Recovery } from "../recovery/recovery.ts";
import type { Shard } from "../shard.ts";
import type { OwnedShards } from "./owned-shards.ts";

/** How often runs that could leave memory are looked for while it is short. */
const RELIEVE_MS = 500;

export interface DeparturesOptions {
  readonly clock: Clock;
  readonly shards: OwnedShards;
  readonly memory: Memory;
  readonly admission: Admission;
  readonly recovery: Recovery;
}

/** Lets runs leave memory before their end. Everything that such a run waits for is durable. */
export class Departures {
  readonly #options: DeparturesOptions;
  #relievedAtMs = -Infinity;

  constructor(options: DeparturesOptions) {
    this.#options = options;
  }

  /** The run waits for a later time; its timer row is durable. */
  park(shard: Shard, live: LiveRun, until: number, timerDueAt: number): void {
    this.#remove(shard, live);
    this.#options.recovery.park(shard, live.runId, until, timerDueAt);
    this.#restParent(shard, live);
  }

  /** Memory is full; the run is durable and will be loaded when there is room. */
  spill(shard: Shard, live: LiveRun): void {
    this.#remove(shard, live);
    shard.noteSpilled(live.runId);
    this.#restParent(shard, live);
  }

  /** A run that waits for its turn is durable. */
  hold(shard: Shard, live: LiveRun): void {
    this.#remove(shard, live);
    shard.away.set(live.runId, live.timerDueAt);
    this.#restParent(shard, live);
    this.#options.admission.hold(applicantOf(live.run, live));
  }

  /**
   * A run that waits for its turn was loaded. Unless that was to record something, it leaves again: runs that only wait for their turn must not
   * take the room that the one needs whose turn it is.
   */
  holdAgain(shard: Shard, live: LiveRun): void {
    this.#options.clock.afterTurn(() => {
      const isIdle = live.run.isHeld && live.stage === "resting" && live.pendingFacts.length === 0 && !live.isFolding;
      if (isIdle && shard.live.get(live.runId) === live) this.hold(shard, live);
    });
  }

  /** The run leaves if it waits for nothing that is in memory. */
  rest(shard: Shard, live: LiveRun): void {
    for (const { effect } of live.waits.values())
      if (effect.kind === "child" && shard.live.get(effect.runId) !== undefined) return;
    if (shard.live.get(live.runId) === live) this.#leave(shard, live, this.#options.memory.horizon());
  }

  /** Memory is short, so runs that only wait for a time leave it. Or it is not, and runs that were spilled come back. */
  balance(): void {
    const { clock, memory, recovery, shards } = this.#options;
    if (!memory.isPressed) return void recovery.refill(shards.spilled);
    const now = clock.monotonicMs();
    if (now - this.#relievedAtMs < RELIEVE_MS) return;
    this.#relievedAtMs = now;
    const horizon = memory.horizon();
    for (const shard of shards.values()) {
      for (const live of shard.live.values()) if (live.stage !== "gone") this.#leave(shard, live, horizon);
    }
  }

  /** Takes a run out of memory if it waits only for times after the horizon and for children. */
  #leave(shard: Shard, live: LiveRun, horizon: number): void {
    const wakeAt = live.leaveUntil(horizon);
    if (wakeAt === null) return;
    this.#remove(shard, live);
    this.#options.recovery.leaveUntil(shard, live.runId, wakeAt, live.timerDueAt);
    this.#restParent(shard, live);
  }

  #remove(shard: Shard, live: LiveRun): void {
    this.#options.memory.remove(shard, live);
    live.resolveResult(null);
  }

  /** A child has left memory: its parent leaves as well, unless it waits for something that is in memory. */
  #restParent(shard: Shard, { run }: LiveRun): void {
    if (run.origin?.kind !== "child") return;
    const parent = shard.live.get(run.origin.runId);
    if (parent !== undefined) this.rest(shard, parent);
  }
}
