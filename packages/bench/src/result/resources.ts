import { amount, count, list, nullable, number, object, optional, record, text } from "./schema-builder.ts";

export interface WorkPerRun {
  readonly statements: number | null;
  readonly statementsPerCommit: number | null;
  readonly commits: number;
  readonly journalRows: number;
  /** Rows that PostgreSQL counted as inserted into the journal, beyond those that are there; null where it had not counted all yet. */
  readonly journalRowsUndone: number | null;
  readonly hotUpdates: number;
  readonly hotDeletes: number;
  readonly walBytes: number;
  readonly meshhookCpuMs: number;
  readonly postgresCpuMs: number;
}

export interface ProcessResources {
  readonly name: string;
  readonly cpuSeconds: number;
  readonly cpuShareMax: number;
  readonly rssBytesMax: number;
  /** CPU for each run that ended meanwhile; null without any. Absent in results of before December 2026, as is the rest. */
  readonly cpuMsPerRun?: number | null;
  /** Of MeshHook, where it was several processes: their number, with the one that started the others. */
  readonly processes?: number;
  /** The mean CPU share of the busiest of them. */
  readonly busiestShare?: number;
  /** CPU seconds by what its processes are for; of PostgreSQL. */
  readonly parts?: { readonly [type: string]: number };
  /** Of MeshHook, seen by the probe inside it. */
  readonly runtime?: RuntimeResources | null;
}

/** What a Node process says of itself. */
export interface RuntimeResources {
  /** Part of the time in which the event loop was not idle, mean and largest second; of several processes, in each second the busiest. */
  readonly loopBusyShare: number;
  readonly loopBusyShareMax: number;
  /** Part of the time in which it collected garbage. */
  readonly collectionShare: number;
  readonly collections: number;
  readonly heapUsedBytesMax: number;
}

export interface HostResources {
  readonly cpuBusyShare: number;
  readonly stealShare: number;
  readonly loadAverage1: number;
  readonly cpuPressureShare: number | null;
  readonly ioPressureShare: number | null;
}

export interface DatabaseActivity {
  readonly commits: number;
  readonly rollbacks: number;
  readonly walBytes: number;
  readonly walRecords: number;
  readonly walFullPageImages: number;
  /** Flushes of the write-ahead log by MeshHook's own backends; null where the server does not count them (before 18). */
  readonly walFlushes: number | null;
  readonly checkpoints: number;
  readonly tables: readonly {
    readonly name: string;
    readonly inserts: number;
    readonly updates: number;
    readonly deletes: number;
    readonly deadTuples: number;
    readonly bytes: number;
    /** Of them, indexes. Absent in results of before December 2026, as are the other optional figures. */
    readonly indexBytes?: number;
    readonly liveTuples?: number;
    /** Vacuums and analyses that the server began by itself meanwhile. */
    readonly autovacuums?: number;
  }[];
  readonly statements: readonly {
    readonly query: string;
    readonly calls: number;
    readonly totalMs: number;
    readonly rows: number;
    readonly walBytes: number;
    /** Of the time of the statements listed; they are ordered by it. */
    readonly timeShare?: number;
  }[];
  /** Samples of what backends waited for; `CPU` is running. */
  readonly waits: readonly { readonly event: string; readonly samples: number }[];
  readonly connectionsMax: number;
  /** MeshHook's connections by state, the most at one instant each. */
  readonly connectionsByState?: { readonly [state: string]: number };
  /** The longest that a transaction of MeshHook's was open: it keeps vacuum from removing what was deleted since. */
  readonly oldestTransactionMsMax?: number;
}

export interface SeriesPoint {
  readonly second: number;
  readonly sent: number;
  readonly acked: number;
  readonly errors: number;
  readonly ackMsP50: number | null;
  readonly ackMsP99: number | null;
  readonly meshhookCpuShare: number | null;
  readonly postgresCpuShare: number | null;
  /** Resident set of MeshHook's processes; absent or null when not sampled. Growth over the run is judged from it. */
  readonly meshhookRssBytes?: number | null;
  /** Runs that were accepted and had not ended at the end of the second. Absent in results of before December 2026, as is the rest. */
  readonly unfinished?: number;
  /** Part of the second in which MeshHook's event loop was not idle. */
  readonly loopBusyShare?: number;
  /** Of the machine; null where the kernel does not say. */
  readonly cpuPressureShare?: number | null;
  readonly ioPressureShare?: number | null;
  readonly stealShare?: number | null;
}

export const workSchema = object<WorkPerRun>(
  "What one completed run cost. These figures vary little, so they serve as gates in continuous integration.",
  {
    statements: nullable(amount("SQL statements per run; null without `pg_stat_statements`.")),
    statementsPerCommit: nullable(amount("SQL statements per transaction; does not depend on how runs are batched.")),
    commits: amount("Transactions committed per run."),
    journalRows: amount("Rows inserted into the journal per run."),
    journalRowsUndone: nullable(
      number("Rows counted as inserted into the journal minus the rows in it; null when not all were counted yet."),
    ),
    hotUpdates: amount("Rows updated in hot tables per run."),
    hotDeletes: amount("Rows deleted from hot tables per run."),
    walBytes: amount("Write-ahead log per run, bytes."),
    meshhookCpuMs: amount("CPU time of MeshHook's processes per run, milliseconds."),
    postgresCpuMs: amount("CPU time of PostgreSQL's processes per run, milliseconds."),
  },
);

export const resourcesSchema = object<ProcessResources>(
  "One process, or one group of processes, over the measured time.",
  {
    name: text("`meshhook`, `postgres`, `generator` or another process that took part."),
    cpuSeconds: amount("CPU time, seconds."),
    cpuShareMax: amount("Largest CPU share in one second; 1 is one core."),
    rssBytesMax: count("Largest resident set, bytes."),
    cpuMsPerRun: optional(nullable(amount("CPU time per run, milliseconds; null when no run ended."))),
    processes: optional(
      count("How many processes MeshHook was, the one that started the others included; absent for a single one."),
    ),
    busiestShare: optional(amount("Mean CPU share of the busiest of several processes; 1 is one core.")),
    parts: optional(
      record("CPU of PostgreSQL by what its processes are for.", amount("CPU time of this type of process, seconds.")),
    ),
    runtime: optional(
      nullable(
        object<RuntimeResources>("What MeshHook's runtime says of itself; null when it was not probed.", {
          loopBusyShare: amount(
            "Part of the time in which the event loop was not idle, 0 to 1; of several processes, in each second that of the busiest.",
          ),
          loopBusyShareMax: amount("The same, of the busiest second."),
          collectionShare: amount("Part of the time in which it collected garbage, 0 to 1."),
          collections: count("Garbage collections."),
          heapUsedBytesMax: count("Largest heap in use, bytes."),
        }),
      ),
    ),
  },
);

export const hostSchema = object<HostResources>("The machine over the measured time.", {
  cpuBusyShare: amount("Busy part of all cores, 0 to 1."),
  stealShare: amount("Part that the hypervisor gave to others, 0 to 1."),
  loadAverage1: amount("Load average over one minute, at the end."),
  cpuPressureShare: nullable(
    amount("Part of the time in which some task waited for CPU (Linux PSI), 0 to 1; null where unknown."),
  ),
  ioPressureShare: nullable(
    amount("Part of the time in which some task waited for disk (Linux PSI), 0 to 1; null where unknown."),
  ),
});

type TableActivity = DatabaseActivity["tables"][number];

type StatementActivity = DatabaseActivity["statements"][number];

type WaitActivity = DatabaseActivity["waits"][number];

export const databaseSchema = object<DatabaseActivity>(
  "PostgreSQL's own statistics, as differences over the measured time.",
  {
    commits: count("Transactions committed."),
    rollbacks: count("Transactions rolled back."),
    walBytes: count("Write-ahead log, bytes."),
    walRecords: count("Write-ahead log records."),
    walFullPageImages: count("Full-page images among them: the first change to a page after a checkpoint."),
    walFlushes: nullable(
      count("Flushes of the write-ahead log by MeshHook's own backends; null where the server does not count them."),
    ),
    checkpoints: count("Checkpoints, timed and requested."),
    tables: list(
      "Changes per table.",
      object<TableActivity>("One table.", {
        name: text("Its name."),
        inserts: count("Rows inserted."),
        updates: count("Rows updated."),
        deletes: count("Rows deleted."),
        deadTuples: count("Dead rows at the end."),
        bytes: count("Size with indexes and toast at the end, bytes."),
        indexBytes: optional(count("Of it, indexes, bytes.")),
        liveTuples: optional(count("Live rows at the end, as PostgreSQL estimates them.")),
        autovacuums: optional(count("Vacuums and analyses that the server began by itself.")),
      }),
    ),
    statements: list(
      "Statements by total time, from `pg_stat_statements`.",
      object<StatementActivity>("One normalised statement.", {
        query: text("Its text, constants replaced."),
        calls: count("Executions."),
        totalMs: amount("Time in all executions, milliseconds."),
        rows: count("Rows returned or affected."),
        walBytes: count("Write-ahead log it generated, bytes."),
        timeShare: optional(amount("Part of the time of the statements listed, 0 to 1.")),
      }),
    ),
    waits: list(
      "What backends were doing when sampled.",
      object<WaitActivity>("One wait event.", {
        event: text("`type:event`, such as `LWLock:WALWrite`; `CPU` means running."),
        samples: count("Samples that found a backend there."),
      }),
    ),
    connectionsMax: count("Most connections at once."),
    connectionsByState: optional(
      record("MeshHook's connections by state.", count("The most in this state at one instant.")),
    ),
    oldestTransactionMsMax: optional(
      amount("Longest time that a transaction of MeshHook's was open when sampled, milliseconds."),
    ),
  },
);

export const pointSchema = object<SeriesPoint>("One second.", {
  second: count("Seconds since the first request; the warm-up is included."),
  sent: count("Requests sent."),
  acked: count("Requests answered 2xx."),
  errors: count("Requests that failed."),
  ackMsP50: nullable(amount("Median time to the answer, milliseconds; null without answers.")),
  ackMsP99: nullable(amount("99th percentile of it, milliseconds; indicative, because one second holds few samples.")),
  meshhookCpuShare: nullable(amount("CPU of MeshHook's processes; 1 is one core.")),
  postgresCpuShare: nullable(amount("CPU of PostgreSQL's processes; 1 is one core.")),
  meshhookRssBytes: optional(
    nullable(count("Resident set of MeshHook's processes, bytes; absent or null when not sampled.")),
  ),
  unfinished: optional(count("Accepted runs that had not ended at the end of the second.")),
  loopBusyShare: optional(amount("Part of the second in which MeshHook's event loop was not idle, 0 to 1.")),
  cpuPressureShare: optional(nullable(amount("Part of the second in which some task waited for CPU, 0 to 1."))),
  ioPressureShare: optional(nullable(amount("Part of the second in which some task waited for disk, 0 to 1."))),
  stealShare: optional(nullable(amount("Part of the CPU time that the hypervisor gave to others, 0 to 1."))),
});
