import type { Client } from "pg";
import { BENCH_ROLE } from "../database/connect.ts";
import type { DatabaseActivity } from "../result/result.ts";
import type { SampledActivity } from "./timeline/database-timeline.ts";

/** The server's growing counters at one instant. Two of them make a `DatabaseActivity`. */
export interface PostgresCounters {
  readonly commits: number;
  readonly rollbacks: number;
  readonly walBytes: number;
  readonly walRecords: number;
  readonly walFullPageImages: number;
  /** By client backends; null where the server does not count them. */
  readonly walFlushes: number | null;
  readonly checkpoints: number;
  /** Whether the journal's rows were all counted, apart from those that `nudged` stands for. */
  readonly isSettled: boolean;
  /** Rows that were counted as inserted into the journal and are not there. */
  readonly undoneRows: number;
  readonly atMs: number;
  readonly tables: ReadonlyMap<string, TableCounters>;
  readonly statements: ReadonlyMap<string, StatementCounters>;
}

interface TableCounters {
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
  readonly deadTuples: number;
  readonly bytes: number;
  readonly indexBytes: number;
  readonly liveTuples: number;
  readonly autovacuums: number;
}

interface StatementCounters {
  readonly query: string;
  readonly calls: number;
  readonly totalMs: number;
  readonly rows: number;
  readonly walBytes: number;
}

/**
 * Reads every counter, once PostgreSQL has counted every row of the journal.
 *
 * Backends report table and transaction counters at most once a second, and up to ten seconds after they went idle: read at once, such
 * figures are of some earlier load. The journal is insert-only, so its rows say when the counters have caught up. Statements are
 * counted at once. The benchmark's own statements are left out by its role, `BENCH_ROLE`; its few commits are not.
 *
 * @param options.timeoutMs  Reads what is there after this long, and says so by `isSettled`.
 * @param options.forgotten  Rows that were counted before a crash of the server took its counters.
 * @param options.nudged     Rows that were written only to make backends report, and that they may not have reported themselves.
 */
export async function readPostgresCounters(client: Client, options: SettleOptions = {}): Promise<PostgresCounters> {
  const settled = await waitForCounters(client, options);
  const database = await one(
    client,
    `
    select xact_commit::float8 as commits, xact_rollback::float8 as rollbacks
    from pg_stat_database
    where datname = current_database()`,
  );
  const wal = await one(
    client,
    `
    select wal_bytes::float8 as bytes, wal_records::float8 as records, wal_fpi::float8 as images
    from pg_stat_wal`,
  );
  const checkpoints = await one(client, await checkpointQuery(client));
  const statements = await client.query<{ id: string } & StatementCounters>(STATEMENTS, [BENCH_ROLE]);
  return {
    commits: database["commits"] ?? 0,
    rollbacks: database["rollbacks"] ?? 0,
    walBytes: wal["bytes"] ?? 0,
    walRecords: wal["records"] ?? 0,
    walFullPageImages: wal["images"] ?? 0,
    walFlushes: await readWalFlushes(client),
    checkpoints: checkpoints["checkpoints"] ?? 0,
    ...settled,
    atMs: performance.now(),
    tables: await readTables(client),
    statements: new Map(statements.rows.map(({ id, ...counters }) => [id, counters])),
  };
}

/** The same reading with what backends report late, read once they have reported it. */
export async function settleCounters(
  client: Client,
  counters: PostgresCounters,
  options: SettleOptions = {},
): Promise<PostgresCounters> {
  const settled = await waitForCounters(client, options);
  return { ...counters, ...settled, tables: await readTables(client), walFlushes: await readWalFlushes(client) };
}

interface SettleOptions {
  readonly timeoutMs?: number;
  readonly nudged?: number;
  readonly forgotten?: number;
}

/** Rows of the journal that are not among those counted as inserted; to be asked after a crash, which takes the counters. */
export async function uncountedRows(client: Client): Promise<number> {
  const { journal = 0 } = await one(client, JOURNAL_ROWS);
  const { inserts = 0 } = await one(client, JOURNAL_INSERTS);
  return Math.max(0, journal - inserts);
}

async function readTables(client: Client): Promise<PostgresCounters["tables"]> {
  const { rows } = await client.query<{ name: string } & TableCounters>(TABLES);
  return new Map(rows.map(({ name, ...counters }) => [name, counters]));
}

/** Between two readings of a counter; one that a crash of the server set back to zero counts from there. */
function grown(before: number, after: number): number {
  return after >= before ? after - before : after;
}

/** What happened between two readings. Waits and connections are sampled elsewhere and handed in. */
export function activityBetween(
  before: PostgresCounters,
  after: PostgresCounters,
  sampled: SampledActivity,
): DatabaseActivity {
  const tables = [...after.tables].map(([name, table]) => {
    const first = before.tables.get(name);
    return {
      name,
      inserts: grown(first?.inserts ?? 0, table.inserts),
      updates: grown(first?.updates ?? 0, table.updates),
      deletes: grown(first?.deletes ?? 0, table.deletes),
      deadTuples: table.deadTuples,
      bytes: table.bytes,
      indexBytes: table.indexBytes,
      liveTuples: table.liveTuples,
      autovacuums: grown(first?.autovacuums ?? 0, table.autovacuums),
    };
  });
  const statements = [...after.statements].map(([id, statement]) => {
    const first = before.statements.get(id);
    return {
      query: statement.query,
      calls: grown(first?.calls ?? 0, statement.calls),
      totalMs: grown(first?.totalMs ?? 0, statement.totalMs),
      rows: grown(first?.rows ?? 0, statement.rows),
      walBytes: grown(first?.walBytes ?? 0, statement.walBytes),
    };
  });
  return {
    commits: grown(before.commits, after.commits),
    rollbacks: grown(before.rollbacks, after.rollbacks),
    walBytes: grown(before.walBytes, after.walBytes),
    walRecords: grown(before.walRecords, after.walRecords),
    walFullPageImages: grown(before.walFullPageImages, after.walFullPageImages),
    walFlushes:
      before.walFlushes === null || after.walFlushes === null ? null : grown(before.walFlushes, after.walFlushes),
    checkpoints: grown(before.checkpoints, after.checkpoints),
    tables: tables.filter((table) => table.inserts + table.updates + table.deletes > 0),
    statements: rankedStatements(statements),
    ...sampled,
  };
}

const STATEMENTS_MAX = 20;

/** By the time they took all together, with each one's part of it. */
export function rankedStatements(statements: DatabaseActivity["statements"]): DatabaseActivity["statements"] {
  const called = statements.filter(({ calls }) => calls > 0);
  const totalMs = called.reduce((sum, statement) => sum + statement.totalMs, 0);
  return called
    .toSorted((a, b) => b.totalMs - a.totalMs)
    .slice(0, STATEMENTS_MAX)
    .map((statement) => ({ ...statement, timeShare: totalMs === 0 ? 0 : statement.totalMs / totalMs }));
}

/** All statements between two readings, those that an activity lists and the rest. */
export function statementsBetween(before: PostgresCounters, after: PostgresCounters): number {
  let calls = 0;
  for (const [id, statement] of after.statements)
    calls += grown(before.statements.get(id)?.calls ?? 0, statement.calls);
  return calls;
}

/** An idle backend reports after ten seconds at the latest. */
const SETTLED_MS_MAX = 12_000;

const JOURNAL_ROWS = "select count(*)::float8 as journal from meshhook.journal";

const JOURNAL_INSERTS = `
  select coalesce(sum(n_tup_ins), 0)::float8 as inserts
  from pg_stat_user_tables as tables
  left join pg_inherits as partitions on partitions.inhrelid = tables.relid
  where schemaname = 'meshhook'
    and (relname = 'journal' or partitions.inhparent = 'meshhook.journal'::regclass)`;

async function waitForCounters(
  client: Client,
  { timeoutMs = SETTLED_MS_MAX, nudged = 0, forgotten = 0 }: SettleOptions,
): Promise<Pick<PostgresCounters, "isSettled" | "undoneRows">> {
  const { journal = 0 } = await one(client, JOURNAL_ROWS);
  const countable = journal - forgotten;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { inserts = 0 } = await one(client, JOURNAL_INSERTS);
    const isSettled = inserts >= countable - nudged;
    if (isSettled || performance.now() >= deadline) return { isSettled, undoneRows: Math.max(0, inserts - countable) };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** From Postgres 18 on, the log has rows of its own in `pg_stat_io`. */
async function readWalFlushes(client: Client): Promise<number | null> {
  const { rows } = await client.query<{ flushes: number | null }>(`
    select sum(fsyncs)::float8 as flushes
    from pg_stat_io
    where object = 'wal' and backend_type = 'client backend'`);
  return rows[0]?.flushes ?? null;
}

// Partitions are counted with their table: which day a row falls on is of no interest here.
const TABLES = `
  select
    coalesce(parents.relname, tables.relname) as name,
    sum(tables.n_tup_ins)::float8 as inserts,
    sum(tables.n_tup_upd)::float8 as updates,
    sum(tables.n_tup_del)::float8 as deletes,
    sum(tables.n_dead_tup)::float8 as "deadTuples",
    sum(pg_total_relation_size(tables.relid))::float8 as bytes,
    sum(pg_indexes_size(tables.relid))::float8 as "indexBytes",
    sum(tables.n_live_tup)::float8 as "liveTuples",
    sum(tables.autovacuum_count + tables.autoanalyze_count)::float8 as autovacuums
  from pg_stat_user_tables as tables
  left join pg_inherits as partitions on partitions.inhrelid = tables.relid
  left join pg_class as parents on parents.oid = partitions.inhparent
  where tables.schemaname = 'meshhook'
  group by 1`;

/** A long statement is cut, but what it writes to stays: rules tell statements apart by it. */
const STATEMENTS = `
  select
    statements.queryid::text || ':' || statements.userid::text as id,
    min((
      select case
        when length(whole.query) <= 500 then whole.query
        else left(whole.query, 400) || ' … ' || array_to_string(array(
          select distinct writes[1]
          from regexp_matches(
            whole.query,
            '((?:insert into|merge into|delete from|update) (?!set |of |skip |nowait)[a-z0-9_."]+)',
            'gi'
          ) as writes
          order by writes[1]
        ), ' … ')
      end
      from (select regexp_replace(statements.query, '\\s+', ' ', 'g') as query) as whole
    )) as query,
    sum(statements.calls)::float8 as calls,
    sum(statements.total_exec_time)::float8 as "totalMs",
    sum(statements.rows)::float8 as rows,
    sum(statements.wal_bytes)::float8 as "walBytes"
  from pg_stat_statements as statements
  join pg_roles as roles on roles.oid = statements.userid
  where statements.toplevel
    and roles.rolname <> $1
    and statements.dbid = (select oid from pg_database where datname = current_database())
  group by 1`;

/** Counters that are exact at the instant they are read. */
export interface ExactCounters {
  /** Unix microseconds, of this reading by the server's own clock; absent where it was not noted. */
  readonly atUs?: number;
  /** Bytes of write-ahead log since the database was made. */
  readonly walBytes: number;
  /** Transactions that wrote something, committed or not, since the database was made. */
  readonly writeTransactions: number;
}

export async function readExactCounters(client: Client): Promise<ExactCounters> {
  const row = await one(
    client,
    `
    select
      pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as wal,
      pg_snapshot_xmax(pg_current_snapshot())::text::float8 as transactions,
      extract(epoch from clock_timestamp())::float8 * 1000000 as at`,
  );
  return { atUs: row["at"] ?? 0, walBytes: row["wal"] ?? 0, writeTransactions: row["transactions"] ?? 0 };
}

/** From Postgres 17 on checkpoints have a view of their own. */
async function checkpointQuery(client: Client): Promise<string> {
  const { rows } = await client.query<{ has: boolean }>(
    "select to_regclass('pg_stat_checkpointer') is not null as has",
  );
  return rows[0]?.has === true
    ? "select (num_timed + num_requested)::float8 as checkpoints from pg_stat_checkpointer"
    : "select (checkpoints_timed + checkpoints_req)::float8 as checkpoints from pg_stat_bgwriter";
}

async function one(client: Client, query: string): Promise<Readonly<Record<string, number>>> {
  const { rows } = await client.query<Record<string, number>>(query);
  return rows[0] ?? {};
}
