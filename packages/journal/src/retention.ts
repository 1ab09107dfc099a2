import type { StoredSegment } from "./journal.ts";

/** Removes old runs, with everything that belongs to them. */
export interface Retention {
  /**
   * The time by the database, from which days are counted: a process whose own clock is ahead would remove what is to be kept.
   *
   * @throws JournalUnavailable
   */
  now(): Promise<Date>;

  /**
   * What would go. Reads the days in question as a whole, which may take minutes.
   *
   * @throws JournalUnavailable
   */
  plan(policy: RetentionPolicy): Promise<RetentionPlan>;

  /**
   * Removes the runs that `plan` finds, oldest first, each day after its export, and then what else belongs to them.
   *
   * Appends are never kept waiting for longer than a moment. May end at any point and be repeated.
   *
   * @returns null when another process is at it.
   * @throws JournalUnavailable
   */
  apply(policy: RetentionPolicy, options?: RetentionOptions): Promise<RetentionResult | null>;
}

/** How long runs are kept. Projects may have a time of their own (`Project.retentionDays`). */
export interface RetentionPolicy {
  readonly now: Date;
  /** Counted from the day a run started, in UTC; null: for ever. */
  readonly days: number | null;
}

export interface RetentionOptions {
  /** Stores the segments of a day's runs that go. They go only if it resolves. */
  readonly exportDay?: (day: RetainedDay, segments: AsyncIterable<StoredSegment>) => Promise<void>;
  /** Looks for leftovers of other days as well, even if nothing goes. */
  readonly isThorough?: boolean;
  /** Gives up soon after it is aborted. */
  readonly signal?: AbortSignal;
}

/** The runs that started on one day, in UTC: a partition of the journal. Counted are those whose time is up. */
export interface RetainedDay {
  /** As in `2026-11-30`. */
  readonly day: string;
  /** Grows each time when some of the day's runs go and others stay; from 1. */
  readonly part: number;
  readonly runs: number;
  /** Runs that have not ended. They stay until they have. */
  readonly unfinished: number;
  readonly oldestUnfinished: string | null;
  /** Others stay, because their project keeps runs for longer. */
  readonly keepsOthers: boolean;
  /** Runs of any project that were erased and whose rows are still there. */
  readonly erased: number;
  /** On disk, with its indexes. */
  readonly bytes: number;
}

export interface RetentionPlan {
  /** Runs that started on this day or later stay, unless their project keeps runs for a shorter time; null: all. */
  readonly firstDayKept: string | null;
  /** The days with runs whose time is up, oldest first. */
  readonly days: readonly RetainedDay[];
  /** The range of the runs in the default partition, which stay; null when it is empty, as it should be. */
  readonly strayRuns: readonly [from: string, until: string] | null;
}

export interface RetentionResult extends RetentionPlan {
  /** All their runs have gone. */
  readonly dropped: readonly RetainedDay[];
  /** Some of their runs have gone, and the others are stored again. */
  readonly rewritten: readonly RetainedDay[];
  /** The next time they go. */
  readonly postponed: readonly PostponedDay[];
  /** Rows of other tables. */
  readonly forgotten: {
    readonly deduplications: number;
    readonly timers: number;
    readonly signals: number;
    readonly reruns: number;
    readonly rejections: number;
  };
}

/** `locked`: others held locks on the journal for too long. `crowded`: more runs have not ended than are carried forward. */
export interface PostponedDay {
  readonly day: RetainedDay;
  readonly because: "locked" | "crowded";
}
