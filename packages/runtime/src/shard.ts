import { msOfRunId, runIdFloor, type Micros } from "@meshhook/core";
import type { ClaimedShard, Watermark } from "@meshhook/journal";

import type { LiveRun } from "./live-run.ts";
import { LiveRuns } from "./live-runs.ts";

const NO_LEAVES: ReadonlyMap<string, number> = new Map();

/** A read of a shard's unfinished runs, page by page. */
export interface UnfinishedRead {
  readonly fromRunId: string;
  /** The lowest id of what was spilled since it began. */
  lowestSpilled: string | null;
}

function earlier(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}

/**
 * One shard that this process owns: its runs in memory, and where recovery would start.
 *
 * Every unfinished run of the shard is in at least one place: in `live`; in `away` (in the journal, with its id here); beyond `spilledFrom`
 * (in the journal, waiting for room); behind a timer that has not been read; or set aside. Until everything that the last owner left has
 * been read once (`isRead`), the watermark stays where that owner left it.
 */
export class Shard {
  readonly shard: number;
  readonly live = new LiveRuns();
  /** Everything that the last owner left has been read. */
  isRead = false;
  /** The inbox has been read to its end. Until then it may lead to runs that go on, and that neither their ids nor timers lead to. */
  isInboxRead = false;
  /** The runs that a limit counts and that are not in memory have been counted; see `Recovery.visitAbsent`. */
  isCounted = false;
  /** The shard is being given back: nothing new starts here. */
  isLeaving = false;
  /** No longer owned by this process; code that still holds this object must ignore it. */
  isGone = false;
  /** Unfinished runs from this id on may be only in the journal. */
  spilledFrom: string | null = null;
  /** Timers due before this have been read. */
  timersUntil: Micros;
  /** The bound of a read of timers that is in progress; otherwise minus infinity. */
  lookUntil: Micros = -Infinity;
  mustLookAgain = false;
  /**
   * Runs that left memory and come back through an entry in the queue of due times, by id. The value is the due time of the timer that
   * brings them back after a takeover, or null if their id does (`Watermark`).
   */
  readonly away = new Map<string, Micros | null>();
  /** Runs that are not folded, because two owners failed on them or this process cannot read them (`unreadable`). Values as in `away`. */
  readonly aside = new Map<string, Micros | null>();
  readonly unreadable = new Set<string>();
  /** The number of attempts for each run, by id, that an earlier owner began to fold and did not finish. */
  readonly suspects = new Map<string, number>();
  /** The last signal that was read. */
  signalsRead: string;
  /** Signals that were read and are not settled yet, in order, each with the id of the one before. */
  readonly openSignals = new Map<string, string>();
  /** Something was appended, or a signal was settled, since the watermark was stored. */
  isDirty = false;
  /** Due time of the earliest timer for which a look is planned. */
  #plannedLook: Micros = Infinity;
  readonly #claimed: Watermark;
  /** Reads of unfinished runs that are going on. */
  readonly #unfinishedReads = new Set<UnfinishedRead>();
  #reads = 0;
  readonly #leaves = new Map<string, number>();

  constructor(claimed: ClaimedShard) {
    this.shard = claimed.shard;
    this.#claimed = claimed.watermark;
    this.timersUntil = claimed.watermark.timersFrom;
    this.signalsRead = claimed.watermark.signalsAfter;
  }

  /** Ids of this time or later, in Unix milliseconds, are behind the watermark it was claimed with, whatever comes after their time. */
  get lowMs(): number {
    return msOfRunId(this.#claimed.lowRunId) + 1;
  }

  get lowRunId(): string {
    return this.#claimed.lowRunId;
  }

  noteSpilled(runId: string): void {
    this.spilledFrom = earlier(this.spilledFrom, runId);
    for (const read of this.#unfinishedReads) read.lowestSpilled = earlier(read.lowestSpilled, runId);
  }

  /** A read of all unfinished runs from this id on begins. */
  beginUnfinished(fromRunId: string): UnfinishedRead {
    const read = { fromRunId, lowestSpilled: null };
    this.#unfinishedReads.add(read);
    return read;
  }

  /**
   * The read is over. What was spilled in the meantime may have been left out, because the read may show it as it was before.
   *
   * @param untilRunId  From here on nothing was read, because memory is short; null: everything was read.
   */
  endUnfinished(read: UnfinishedRead, untilRunId: string | null): void {
    this.#unfinishedReads.delete(read);
    // Another read has left something before the place where this one began.
    if (this.spilledFrom !== null && this.spilledFrom < read.fromRunId) return;
    this.spilledFrom = earlier(read.lowestSpilled, untilRunId);
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

  /**
   * A timer of the run was read. If it was loaded before by its id, as for a signal, it must be held by that timer from now on: nothing else
   * leads the next owner to it.
   */
  noteTimer(runId: string, dueAt: Micros): void {
    const live = this.live.get(runId);
    if (live !== undefined) live.timerDueAt ??= dueAt;
    if (this.away.get(runId) === null) this.away.set(runId, dueAt);
    if (this.aside.get(runId) === null) this.aside.set(runId, dueAt);
  }

  /** False when the run was not in memory here. */
  remove(live: LiveRun): boolean {
    if (!this.live.delete(live)) return false;
    if (this.#reads > 0) this.#leaves.set(live.runId, this.leaves(live.runId) + 1);
    return true;
  }

  /**
   * Runs `read` and the adoption of its runs. How often a run leaves memory in the meantime (`leaves`) is remembered until all reads are
   * over, because a read's snapshot may still show its earlier state.
   */
  async during<T>(read: () => Promise<T>): Promise<T> {
    this.#reads++;
    try {
      return await read();
    } finally {
      if (--this.#reads === 0) this.#leaves.clear();
    }
  }

  leaves(runId: string): number {
    return this.#leaves.get(runId) ?? 0;
  }

  /**
   * How often runs had left memory when a read begins: `leaves` as of now. An earlier read that still goes on may have counted what this one
   * will see.
   */
  leavesSoFar(): ReadonlyMap<string, number> {
    return this.#leaves.size === 0 ? NO_LEAVES : new Map(this.#leaves);
  }

  /** Notes the next signal of the inbox. `settleSignal` settles it, possibly at once. */
  openSignal(id: string): void {
    this.openSignals.set(id, this.signalsRead);
    this.signalsRead = id;
  }

  /** The signal is handled, and its effect is durable. */
  settleSignal(id: string): void {
    if (this.openSignals.delete(id)) this.isDirty = true;
  }

  /** All signals that were read and are not settled are read again. */
  rewindSignals(): void {
    this.signalsRead = this.#signalsDone();
    this.openSignals.clear();
  }

  /** The watermark as of now. `floorMs`: every later id has at least this time. Never ahead of the truth. */
  watermark(floorMs: number): Watermark {
    let lowRunId = runIdFloor(floorMs);
    let timersFrom = this.timersUntil;
    const hold = (runId: string, timerDueAt: Micros | null): void => {
      if (timerDueAt !== null) timersFrom = Math.min(timersFrom, timerDueAt);
      else if (runId < lowRunId) lowRunId = runId;
    };
    if (this.spilledFrom !== null) hold(this.spilledFrom, null);
    for (const live of this.live.values()) {
      hold(live.runId, live.timerDueAt);
      // Once that row is stored, only its timer leads to the run.
      if (live.sentTimerDueAt !== null) hold(live.runId, live.sentTimerDueAt);
    }
    for (const [runId, dueAt] of this.away) hold(runId, dueAt);
    for (const [runId, dueAt] of this.aside) hold(runId, dueAt);
    return { shard: this.shard, lowRunId, timersFrom, signalsAfter: this.#signalsDone() };
  }

  /** The watermark if it moved since it was last stored; from then on it counts as stored. */
  takeWatermark(floorMs: number): Watermark | null {
    if (!this.isRead || !this.isDirty) return null;
    this.isDirty = false;
    return this.watermark(floorMs);
  }

  /** Every signal up to this one is settled. */
  #signalsDone(): string {
    for (const before of this.openSignals.values()) return before;
    return this.signalsRead;
  }
}
