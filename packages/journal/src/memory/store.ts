import { newId } from "../id.ts";
import type { Store } from "../store.ts";
import { MemoryAlerts } from "./alerts.ts";
import { MemoryAudit } from "./audit.ts";
import { MemoryCatalog } from "./catalog.ts";
import { MemoryJobs } from "./jobs.ts";
import { MemoryJournal } from "./journal.ts";
import { MemoryKeptAnswers } from "./kept-answers.ts";
import { MemoryMonitor } from "./monitor.ts";
import { MemoryStatistics } from "./statistics.ts";
import { MemoryPeople } from "./people.ts";
import { MemoryVault } from "./vault.ts";

/** All of these have defaults. */
export interface MemoryStoreOptions {
  /** Number of shards. Default 64. */
  readonly shards?: number;
  /** An owner whose last heartbeat is older is dead. Default 5000. */
  readonly leaseMs?: number;
  /** The clock of leases and of `createdAt`, in Unix milliseconds. Default `Date.now`. */
  readonly nowMs?: () => number;
  /** The ids of the catalog's rows: UUIDs. By default they are random. */
  readonly newId?: () => string;
}

/** Creates an empty store in memory, for tests and simulations. Nothing survives the end of the process. */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const nowMs = options.nowMs ?? Date.now;
  const revisions = { catalog: 0, signals: 0 };
  const journal = new MemoryJournal({
    nowMs,
    leaseMs: options.leaseMs ?? 5_000,
    shards: options.shards ?? 64,
    revisions,
  });
  const ids = { nowMs, newId: options.newId ?? newId };
  const audit = new MemoryAudit(ids);
  const answers = new MemoryKeptAnswers(ids);
  const common = { ...ids, revisions, audit };
  const catalog = new MemoryCatalog({ ...common, answers });
  return {
    journal,
    catalog,
    jobs: new MemoryJobs(nowMs),
    audit,
    answers,
    monitor: new MemoryMonitor(nowMs),
    statistics: new MemoryStatistics(),
    alerts: new MemoryAlerts({ ...ids, revisions }),
    vault: new MemoryVault({ ...common, catalog }),
    people: new MemoryPeople({ ...common, catalog }),
    close: () => journal.close(),
  };
}
