import type { Micros } from "@meshhook/core";

/** What the database says about itself and about the processes that use it, for people who look after it. */
export interface Monitor {
  /**
   * Asks once, and is not repeated: whoever looks wants to know that there is no answer.
   *
   * @throws JournalUnavailable
   */
  readDatabase(): Promise<DatabaseState>;
  /** Without asking the database. */
  readonly pools: PoolStates;
}

export interface DatabaseState {
  /** For people: `18.4`. */
  readonly serverVersion: string;
  readonly now: Micros;
  readonly fsync: string;
  readonly fullPageWrites: string;
  readonly synchronousCommit: string;
  readonly shardsTotal: number;
  /** Nobody owns them. */
  readonly shardsFree: number;
  /** Processes that have joined and have not been found dead. */
  readonly owners: readonly OwnerState[];
  /** The last day (`2026-12-01`, UTC) from today on without a gap that has a partition of its own; null: today has none. */
  readonly partitionsUntil: string | null;
  /** Runs lie in the default partition. */
  readonly hasStrayRuns: boolean;
}

export interface OwnerState {
  readonly name: string;
  readonly joinedAt: Micros;
  readonly heartbeatAt: Micros;
  readonly shards: number;
}

/** The connections of this process, but for that of the owner. */
export interface PoolStates {
  readonly appends: PoolState;
  readonly others: PoolState;
}

export interface PoolState {
  readonly connectionsMax: number;
  readonly inUse: number;
  /** Who waits for one. */
  readonly waiting: number;
}
