/** What the probe inside MeshHook writes: one JSON object per line. Times are Unix microseconds. */
export type ProbeRecord = Collection | BusyStretch | LoopSecond;

/** A garbage collection, during which no JavaScript ran. */
export interface Collection {
  readonly kind: "collection";
  readonly type: CollectionType;
  readonly fromUs: number;
  readonly untilUs: number;
}

export type CollectionType = "minor" | "major" | "incremental" | "weak callbacks";

/** A stretch between two turns of a 20 ms timer in which the event loop was held up or mostly busy. */
export interface BusyStretch {
  readonly kind: "busy";
  /** The timer's last turn. */
  readonly fromUs: number;
  readonly untilUs: number;
  /** How late the timer was at the end: the event loop did not turn for that long. */
  readonly lateUs: number;
  /** Of the main thread. */
  readonly cpuUs: number;
  /** The main thread was ready and had no CPU; null where the kernel does not say. */
  readonly waitedUs: number | null;
}

/** Totals of one second. */
export interface LoopSecond {
  readonly kind: "second";
  readonly pid: number;
  readonly atUs: number;
  /** Part of the second in which the event loop was not idle, 0 to 1. */
  readonly utilization: number;
  readonly collections: number;
  readonly collectionMs: number;
  readonly heapUsedBytes: number;
}
