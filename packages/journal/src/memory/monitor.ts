import type { DatabaseState, Monitor, PoolStates } from "../monitor.ts";

const NO_POOL = { connectionsMax: 1, inUse: 0, waiting: 0 };

/** A store in memory has no database to watch. */
export class MemoryMonitor implements Monitor {
  readonly pools: PoolStates = { appends: NO_POOL, others: NO_POOL };
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  readDatabase(): Promise<DatabaseState> {
    const nowMs = this.#nowMs();
    return Promise.resolve({
      serverVersion: "memory",
      now: nowMs * 1_000,
      fsync: "on",
      fullPageWrites: "on",
      synchronousCommit: "on",
      shardsTotal: 0,
      shardsFree: 0,
      owners: [],
      partitionsUntil: new Date(nowMs + 7 * 86_400_000).toISOString().slice(0, 10),
      hasStrayRuns: false,
    });
  }
}
