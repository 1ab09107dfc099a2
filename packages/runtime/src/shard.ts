import { msOfRunId, runIdFloor, type Micros } from "@meshhook/core";
import type { ClaimedShard, Watermark } from "@meshhook/journal";

import type { LiveRun } from "./live-run.ts";
import { LiveRuns } from "./live-runs.ts";

/**
 * One shard that this process owns: its runs in memory, and where recovery would have to start.
 *
 * Every unfinished run of the shard is in exactly one place: in `live`, behind `spilledFrom` (in the journal, waiting for
 * room), or parked behind a timer.
 */
export class Shard {
  readonly shard: number;
  readonly live = new LiveRuns();
  /** Recovery is complete: new runs may start here. */
  isReady = false;
  /** Being given back: nothing new starts here. */
  isLeaving = false;
  /** Unfinished runs from this id on may be in the journal only. */
  spilledFrom: string | null = null;
  /** How often something was spilled: tells a reader whether more came meanwhile. */
  spills = 0;
  /** Timers due before this have been looked at. */
  timersUntil: Micros;
  /** Parked runs that fall due before `timersUntil`, and so will not be seen by the next look. */
  readonly parkedSoon = new Map<string, Micros>();
  /** Something was appended since the watermark was stored. */
  isDirty = false;
  /** Due time of the earliest timer for which a look is planned. */
  #plannedLook: Micros = Infinity;
  readonly #claimed: Watermark;
  #reads = 0;
  readonly #endedDuringRead = new Set<string>();

  constructor(claimed: ClaimedShard) {
    this.shard = claimed.shard;
    this.#claimed = claimed.watermark;
    this.timersUntil = claimed.watermark.timersFrom;
  }

  /** Unix milliseconds of the watermark it was claimed with. */
  get lowMs(): number {
    return msOfRunId(this.#claimed.lowRunId);
  }

  noteSpilled(runId: string): void {
    this.spills++;
    if (this.spilledFrom === null || runId < this.spilledFrom) this.spilledFrom = runId;
  }

  /** True when no look is planned that would find a timer due at `dueAt` in time. */
  planLook(dueAt: Micros): boolean {
    if (dueAt >= this.#plannedLook) return false;
    this.#plannedLook = dueAt;
    return true;
  }

  clearLook(dueAt: Micros): void {
    if (this.#plannedLook === dueAt) this.#plannedLook = Infinity;
  }

  /** False when the run was not in memory here. */
  remove(live: LiveRun): boolean {
    if (!this.live.delete(live)) return false;
    if (this.#reads > 0) this.#endedDuringRead.add(live.runId);
    return true;
  }

  /**
   * Runs `read` and what adopts its runs. A run that leaves memory meanwhile is remembered until all reads are over, because
   * the snapshot of a read may still show it as unfinished (`leftDuringRead`).
   */
  async during<T>(read: () => Promise<T>): Promise<T> {
    this.#reads++;
    try {
      return await read();
    } finally {
      if (--this.#reads === 0) this.#endedDuringRead.clear();
    }
  }

  leftDuringRead(runId: string): boolean {
    return this.#endedDuringRead.has(runId);
  }

  /** The watermark as of now. `floorMs`: every later id has at least this time. Never ahead of the truth. */
  watermark(floorMs: number): Watermark {
    let lowRunId = runIdFloor(floorMs);
    let timersFrom = this.timersUntil;
    if (this.spilledFrom !== null && this.spilledFrom < lowRunId) lowRunId = this.spilledFrom;
    for (const live of this.live.values()) {
      if (live.timerDueAt !== null) timersFrom = Math.min(timersFrom, live.timerDueAt);
      else if (live.runId < lowRunId) lowRunId = live.runId;
    }
    for (const dueAt of this.parkedSoon.values()) timersFrom = Math.min(timersFrom, dueAt);
    return { shard: this.shard, lowRunId, timersFrom };
  }

  /** The watermark if it moved since it was last stored; it is taken as stored. */
  takeWatermark(floorMs: number): Watermark | null {
    if (!this.isReady || !this.isDirty) return null;
    this.isDirty = false;
    return this.watermark(floorMs);
  }
}
