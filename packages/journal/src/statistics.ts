import type { Micros } from "@meshhook/core";

/**
 * How many runs ended, calls were made and webhooks accepted, and how long they took: counted by processes as it becomes durable, and stored
 * in batches.
 *
 * A batch is stored once, however often it is sent. What a process that is killed has not sent yet is missing.
 */
export interface Statistics {
  /** Stores counts. Those whose ids were stored before are left out. */
  addCounts(counts: readonly StoredCount[]): Promise<void>;
  /** The project's counts that begin within the time, in no order. */
  readCounts(query: CountQuery): Promise<readonly Count[]>;
  /** Puts older counts together: first those of a minute, later those of an hour and of a day. Resolves with how many rows that were. */
  compact(): Promise<number>;
  /** Removes counts from before a time; resolves with how many. */
  forgetCounts(before: Date): Promise<number>;
}

/**
 * - `run`: from the webhook to the end of the run, by the run's status.
 * - `turn`: from the webhook until it was the turn of a run that was held (`begun`).
 * - `call`: an attempt of a call: `succeeded` for an answer below 400, otherwise `failed`. The subject is the node.
 * - `delivery`: from the webhook to the commit of its run (`accepted`). The subject is the endpoint.
 */
export type Measure = "run" | "turn" | "call" | "delivery";
export type CountOutcome = "succeeded" | "failed" | "canceled" | "begun" | "accepted";

export interface Count {
  readonly workflowId: string;
  readonly measure: Measure;
  /** What of the workflow: the id of a node or an endpoint; empty: all of it. */
  readonly subject: string;
  readonly outcome: CountOutcome;
  /** The beginning of the minute, hour or day. */
  readonly at: Micros;
  readonly count: number;
  /** Of their durations. */
  readonly sumUs: number;
  readonly maxUs: number;
  /** The run that took the longest, or one of them. */
  readonly maxRunId: string;
  /** See `DurationSketch.encode`. */
  readonly sketch: Uint8Array;
}

export interface StoredCount extends Count {
  /** UUID, the same when it is sent again. */
  readonly id: string;
  readonly projectId: string;
}

export interface CountQuery {
  readonly projectId: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly workflowId?: string;
  readonly measures: readonly Measure[];
}

/** A batch that could not be stored is given up after this time, before rows of its minute are put together. */
export const COUNTS_GIVEN_UP_MS = 240_000;
/** Rows are put together once they are so old: a batch that is sent again finds its rows, or is not sent any more. */
export const COUNTS_SETTLE_MS = 600_000;
/** After this time, an hour is as exact as it gets. */
export const MINUTES_KEPT_MS = 2 * 3_600_000;
/** After this time, a day is. */
export const HOURS_KEPT_MS = 8 * 86_400_000;
