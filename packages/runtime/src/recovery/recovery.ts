import type { Micros } from "@meshhook/core";

import type { LiveRun } from "../live-run.ts";
import type { Shard } from "../shard.ts";
import { Adoption, ATTEMPTS_MAX, type AdoptionOptions } from "./adoption.ts";
import { READ_RUNS } from "./read-runs.ts";
import { TimerLooks, type TimerLooksOptions } from "./timer-looks.ts";
import type { Applicant } from "../admission/applicant.ts";
import { visitAbsent, type VisitAbsentParts } from "./visit-absent.ts";
import { Wakes } from "./wakes.ts";

/** Shards that are recovered at the same time. */
const RECOVERIES = 4;

export interface RecoveryOptions extends AdoptionOptions, TimerLooksOptions, VisitAbsentParts {
  /** Shards may have signals that were not read or must be read again. Resolves when they are recorded. */
  readonly onSignals: (shards: readonly Shard[]) => Promise<void>;
}

/**
 * Brings runs from the journal into memory: after a takeover, when there is room again, when they are due, or on request.
 *
 * Pages are bounded in bytes and are read when there is room for them.
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #adoption: Adoption;
  readonly #wakes: Wakes;
  readonly #looks: TimerLooks;
  #isRefilling = false;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#wakes = new Wakes({
      ...options,
      read: (shard, runId, timerDueAt) => this.#adoption.read(shard, runId, timerDueAt, false),
    });
    this.#adoption = new Adoption(options, this.#wakes);
    this.#looks = new TimerLooks(options, this.#adoption, this.#wakes);
  }

  /** Loads what the last owner of these shards left: unfinished runs, due timers, signals. */
  async recover(shards: readonly Shard[]): Promise<void> {
    const { journal, onSignals } = this.#options;
    const suspects = await journal.readSuspects(shards.map(({ shard }) => shard));
    for (const { shard: number, runId, attempts } of suspects)
      shards.find(({ shard }) => shard === number)?.suspects.set(runId, attempts);
    void onSignals(shards);
    const waiting = [...shards];
    const recover = async (): Promise<void> => {
      for (let shard = waiting.shift(); shard !== undefined; shard = waiting.shift()) {
        if (shard.isGone) continue;
        await this.#readUnfinished(shard, shard.lowRunId);
        shard.isRead = true;
        shard.isDirty = true;
        this.#looks.startLook(shard);
      }
    };
    await Promise.all(Array.from({ length: RECOVERIES }, recover));
  }

  /** Loads runs that were accepted when memory was full, the oldest first, while there is room. */
  async refill(shards: readonly Shard[]): Promise<void> {
    if (this.#isRefilling) return;
    this.#isRefilling = true;
    try {
      for (const shard of shards) {
        if (shard.spilledFrom === null || this.#options.memory.isPressed) continue;
        await this.#readUnfinished(shard, shard.spilledFrom);
      }
    } catch (error) {
      this.#options.onAuthorityLost(`Reading spilled runs failed: ${String(error)}`);
    } finally {
      this.#isRefilling = false;
    }
  }

  /** The run in memory, loaded from the journal if necessary. Null when it has ended or is unknown, `aside` when it is set aside. */
  load(shard: Shard, runId: string): Promise<LiveRun | "aside" | null> {
    return shard.during(async () => {
      for (;;) {
        const live = shard.live.get(runId);
        if (live !== undefined) return live;
        if (shard.aside.has(runId) || (shard.suspects.get(runId) ?? 0) >= ATTEMPTS_MAX) return "aside";
        const leaves = shard.leaves(runId);
        const isParked = !shard.away.has(runId);
        const read = await this.#adoption.read(shard, runId, shard.away.get(runId) ?? null, true);
        if (read !== null && isParked) read.mustBeNoted = true;
        if (read !== null) return read;
        // In the meantime it may have come and gone, or been set aside.
        const isUnchanged = shard.leaves(runId) === leaves && shard.live.get(runId) === undefined;
        if (shard.isGone || (isUnchanged && !shard.aside.has(runId))) return null;
      }
    });
  }

  /** Reloads a run whose copy in memory turned out to be behind. */
  async reload(shard: Shard, runId: string, timerDueAt: Micros | null): Promise<void> {
    try {
      await this.#adoption.read(shard, runId, timerDueAt, true);
    } catch (error) {
      this.#options.onAuthorityLost(`Reading run ${runId} failed: ${String(error)}`);
    }
  }

  /** The run has left memory and comes back at `wakeAt`; Infinity: when its children end. `timerDueAt`: see `Shard.away`. */
  leaveUntil(shard: Shard, runId: string, wakeAt: Micros, timerDueAt: Micros | null): void {
    this.#wakes.leaveUntil(shard, runId, wakeAt, timerDueAt);
  }

  /** The run has left memory until then, and a timer that is due at `timerDueAt` has been stored. */
  park(shard: Shard, runId: string, until: Micros, timerDueAt: Micros): void {
    this.#looks.park(shard, runId, until, timerDueAt);
  }

  /** See `visitAbsent`. */
  visitAbsent(shard: Shard, visit: (run: Applicant) => void): Promise<void> {
    return visitAbsent(this.#options, shard, visit);
  }

  /** Resumes runs that a person has released (removed from the suspects). */
  async checkAside(shards: Iterable<Shard>): Promise<void> {
    for (const shard of shards) {
      if (shard.aside.size === 0) continue;
      const suspects = new Set((await this.#options.journal.readSuspects([shard.shard])).map(({ runId }) => runId));
      for (const [runId, timerDueAt] of [...shard.aside]) {
        if (suspects.has(runId) || shard.unreadable.has(runId) || shard.isGone) continue;
        shard.aside.delete(runId);
        shard.suspects.delete(runId);
        this.#options.log.info({ runId }, "a run that was set aside has been released");
        // Requests that arrived in the meantime come before what it waits for.
        shard.rewindSignals();
        await this.#options.onSignals([shard]);
        await this.#adoption.read(shard, runId, timerDueAt, false);
      }
    }
  }

  async #readUnfinished(shard: Shard, fromRunId: string): Promise<void> {
    const { journal, limits, memory } = this.#options;
    const read = shard.beginUnfinished(fromRunId);
    let afterRunId: string | undefined;
    for (;;) {
      if (shard.isGone) return;
      if (memory.isPressed) return shard.endUnfinished(read, afterRunId ?? fromRunId);
      const runs = await memory.withRoom(() =>
        shard.during(async () => {
          const left = shard.leavesSoFar();
          const page = await journal.loadUnfinished({
            shard: shard.shard,
            fromRunId,
            ...(afterRunId === undefined ? undefined : { afterRunId }),
            limit: READ_RUNS,
            bytesMax: limits.readBytesMax,
          });
          await this.#adoption.adoptPage(
            shard,
            page.map((stored) => ({ stored, timerDueAt: null })),
            left,
          );
          return page;
        }),
      );
      const last = runs[runs.length - 1];
      if (last === undefined) return shard.endUnfinished(read, null);
      afterRunId = last.runId;
    }
  }
}
