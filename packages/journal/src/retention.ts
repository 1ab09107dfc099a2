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
  plan(cutoff: Date): Promise<RetentionPlan>;

  /**
   * Removes the days that `plan` finds, oldest first, each after its export, and then what else belongs to them.
   *
   * Appends are never kept waiting for longer than a moment. May end at any point and be repeated.
   *
   * @returns null when another process is at it.
   * @throws JournalUnavailable
   */
  apply(cutoff: Date, options?: RetentionOptions): Promise<RetentionResult | null>;
}

export interface RetentionOptions {
  /** Stores a day's segments. The day goes only if it resolves. */
  readonly exportDay?: (day: RetainedDay, segments: AsyncIterable<StoredSegment>) => Promise<void>;
  /** Looks for leftovers of other days as well, even if no day goes. */
  readonly isThorough?: boolean;
  /** Gives up soon after it is aborted. */
  readonly signal?: AbortSignal;
}

/** The runs that started on one day, in UTC: a partition of the journal. */
export interface RetainedDay {
  /** As in `2026-11-30`. */
  readonly day: string;
  readonly runs: number;
  /** Runs that have not ended. While there are any, the day stays. */
  readonly unfinished: number;
  readonly oldestUnfinished: string | null;
  /** On disk, with its indexes. */
  readonly bytes: number;
}

export interface RetentionPlan {
  /** Runs that started on this day or later stay. */
  readonly firstDayKept: string;
  /** The days before, oldest first. */
  readonly days: readonly RetainedDay[];
  /** The range of the runs in the default partition, which stay; null when it is empty, as it should be. */
  readonly strayRuns: readonly [from: string, until: string] | null;
}

export interface RetentionResult extends RetentionPlan {
  readonly dropped: readonly RetainedDay[];
  /** Days that could not be dropped, because the journal was locked for too long; the next time they go. */
  readonly postponed: readonly RetainedDay[];
  /** Rows of other tables. */
  readonly forgotten: {
    readonly deduplications: number;
    readonly timers: number;
    readonly signals: number;
    readonly reruns: number;
    readonly rejections: number;
  };
}
