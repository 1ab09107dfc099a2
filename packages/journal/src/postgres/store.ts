import type { Retention } from "../retention.ts";
import type { Store } from "../store.ts";
import { PostgresAlerts } from "./alerts.ts";
import { PostgresAudit } from "./audit.ts";
import { PostgresCatalog } from "./catalog.ts";
import { Connections } from "./connections.ts";
import { PostgresJobs } from "./jobs.ts";
import { PostgresJournal } from "./journal.ts";
import { PostgresKeptAnswers } from "./kept-answers.ts";
import { dayOf } from "./migrate.ts";
import { PostgresMonitor } from "./monitor.ts";
import { Ownership } from "./ownership.ts";
import { PostgresPeople } from "./people.ts";
import { queries } from "./queries.ts";
import { PostgresRetention } from "./retention/retention.ts";
import { startStandIn } from "./stand-in.ts";
import { PostgresStatistics } from "./statistics.ts";
import { PostgresVault } from "./vault.ts";

/** How to use a database. Only the connection string is required. */
export interface PostgresStoreOptions {
  readonly connectionString: string;
  /** Connections kept for appends: one per writer loop. Default 2. */
  readonly writers?: number;
  /** Connections for everything else. Default 6. Each owner that joins has one more. */
  readonly readers?: number;
  /** An owner whose last heartbeat is older, by database time, is dead. The same in all processes. Default 5000. */
  readonly leaseMs?: number;
  /** Session advisory locks as a hint that an owner is alive, so that a takeover after kill -9 is instant. Default true. */
  readonly hasLivenessLocks?: boolean;
  /** Longest time for one statement. Default 20000. */
  readonly statementTimeoutMs?: number;
  /** How long an operation that may be repeated is repeated before `JournalUnavailable`. Default 2000. */
  readonly retryMs?: number;
  /** How long an append whose connection broke in flight is being resolved. Default 10000. */
  readonly resolveMs?: number;
  /** Leaves it to the server whether a commit is on disk before it is reported (`synchronous_commit`). Default false. */
  readonly allowUnsafe?: boolean;
  /** Receives what a person should know and no caller is told: idle connections that broke, partitions that could not be created. */
  readonly onWarning?: (message: string, error: unknown) => void;
}

/** A store on Postgres. */
export interface PostgresStore extends Store {
  /**
   * Creates the journal's missing daily partitions from one day to another (inclusive, UTC); at most 366 days.
   *
   * Owners call it regularly. Rows of a day without a partition are not lost, but go to the default partition.
   *
   * @returns How many were created.
   */
  ensurePartitions(from: Date, to: Date): Promise<number>;

  readonly retention: Retention;
}

/**
 * Opens a store on a migrated database. Connects when it is first used.
 *
 * The login role must be a member of meshhook_engine and meshhook_tenant; the migrations ensure that for the role that runs them.
 */
export function openPostgresStore(options: PostgresStoreOptions): PostgresStore {
  const onWarning = options.onWarning ?? (() => undefined);
  const connectionOptions = {
    connectionString: options.connectionString,
    writers: options.writers ?? 2,
    readers: options.readers ?? 6,
    statementTimeoutMs: options.statementTimeoutMs ?? 20_000,
    retryMs: options.retryMs ?? 2_000,
    resolveMs: options.resolveMs ?? 10_000,
    allowUnsafe: options.allowUnsafe ?? false,
  };
  const leaseMs = options.leaseMs ?? 5_000;
  const connections = new Connections({ ...connectionOptions, onWarning });
  const ownership = new Ownership({
    connections,
    leaseMs,
    hasLivenessLocks: options.hasLivenessLocks ?? true,
    onWarning,
  });
  const close = async (): Promise<void> => {
    await Promise.all([ownership.close(), connections.close()]);
  };
  return {
    journal: new PostgresJournal(
      connections,
      ownership,
      (token, standIn) =>
        startStandIn({ connections: connectionOptions, token, leaseMs, options: standIn }, (error) =>
          onWarning("the thread that renews the lease in this process's place has ended", error),
        ),
      close,
    ),
    catalog: new PostgresCatalog(connections),
    jobs: new PostgresJobs(connections),
    audit: new PostgresAudit(connections),
    answers: new PostgresKeptAnswers(connections),
    monitor: new PostgresMonitor(connections),
    statistics: new PostgresStatistics(connections),
    alerts: new PostgresAlerts(connections),
    vault: new PostgresVault(connections),
    people: new PostgresPeople(connections),
    close,
    retention: new PostgresRetention(connections),
    ensurePartitions: async (from, to) => {
      const found = await connections.read<{ created: number }>("create partitions", queries["ensure-partitions"], [
        dayOf(from, 0),
        dayOf(to, 0),
      ]);
      return found.rows[0]?.created ?? 0;
    },
  };
}
