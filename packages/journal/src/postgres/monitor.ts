import type { Micros } from "@meshhook/core";

import type { DatabaseState, Monitor, PoolStates } from "../monitor.ts";
import type { Connections } from "./connections.ts";
import { queries } from "./queries.ts";

/** Watches Postgres. */
export class PostgresMonitor implements Monitor {
  readonly #connections: Connections;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  async readDatabase(): Promise<DatabaseState> {
    const found = await this.#connections.read<DatabaseColumns>("read health", queries["read-database"], [], 0);
    const [row] = found.rows;
    if (row === undefined) throw new Error("The server did not say how it is");
    return {
      serverVersion: row.server_version,
      now: row.now,
      fsync: row.fsync,
      fullPageWrites: row.full_page_writes,
      synchronousCommit: row.synchronous_commit,
      shardsTotal: row.shards_total,
      shardsFree: row.shards_free,
      owners: row.owners.map(({ name, joined_at, heartbeat_at, shards }) => ({
        name,
        joinedAt: joined_at,
        heartbeatAt: heartbeat_at,
        shards,
      })),
      partitionsUntil: row.partitions_until,
      hasStrayRuns: row.has_stray_runs,
    };
  }

  get pools(): PoolStates {
    return this.#connections.pools;
  }
}

interface DatabaseColumns {
  readonly server_version: string;
  readonly now: Micros;
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly synchronous_commit: string;
  readonly shards_total: number;
  readonly shards_free: number;
  readonly owners: readonly {
    readonly name: string;
    readonly joined_at: Micros;
    readonly heartbeat_at: Micros;
    readonly shards: number;
  }[];
  readonly partitions_until: string | null;
  readonly has_stray_runs: boolean;
}
