import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  nextSegmentRow,
  SeededRandom,
  segmentRow,
  temporaryDatabase,
  uuidFrom,
  waitFor,
  type TemporaryDatabase,
} from "@meshhook/testkit";
import { Client } from "pg";

import { openPostgresStore, type PostgresStore, type SegmentRow } from "../src/index.ts";
import { queries, QUERY_NAMES, type QueryName } from "../src/postgres/queries.ts";

const random = new SeededRandom(17);
const projectId = uuidFrom(random);
const MAX_UUID = "ffffffff-ffff-ffff-ffff-ffffffffffff";
const NIL_UUID = "00000000-0000-0000-0000-000000000000";
/** A parameter: a value, an array of them, or null. */
type Value = string | number | readonly (string | number)[] | null;

const HOT_TABLES = ["journal", "deduplications", "timers", "signals"];
let database: TemporaryDatabase;
let store: PostgresStore;
let client: Client;
let some: SegmentRow;

beforeAll(async () => {
  database = await temporaryDatabase();
  store = openPostgresStore({ connectionString: database.url });
  client = new Client({ connectionString: database.url });
  await client.connect();
  await runWorkload();
  await store.close();
  await client.query("analyze meshhook.journal, meshhook.timers, meshhook.deduplications, meshhook.signals");
  await client.query("set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set role meshhook_engine");
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

describe("the plan of", () => {
  const cases: readonly {
    readonly name: QueryName;
    readonly values: () => readonly Value[];
    readonly indexes: readonly RegExp[];
  }[] = [
    { name: "read-run", values: () => [some.shard, some.runId, -1], indexes: [/journal_.*_pkey/] },
    { name: "read-back-segments", values: () => [[some.shard], [some.runId], [0]], indexes: [/journal_.*_pkey/] },
    {
      name: "list-runs",
      values: () => [projectId, NIL_UUID, MAX_UUID, null, null, 20],
      // Both ends of the range bound the part of the index that is read; neither is a filter.
      indexes: [/journal_.*project_id_run_id_idx/, /journal_.*_pkey/, /Index Cond: .*run_id >= .*run_id < /],
    },
    {
      name: "list-deliveries",
      values: () => [projectId, NIL_UUID, MAX_UUID, null, null, 20, 100],
      indexes: [/journal_.*project_id_run_id_idx/, /journal_.*_pkey/, /Index Cond: .*run_id >= .*run_id < /],
    },
    {
      name: "list-failed-runs",
      values: () => [projectId, NIL_UUID, MAX_UUID, null, 20],
      indexes: [/journal_.*project_id_run_id_idx1/, /Index Cond: .*run_id >= .*run_id < /],
    },
    {
      name: "load-unfinished",
      values: () => [some.shard, NIL_UUID, NIL_UUID, 10, 1_000_000],
      indexes: [/journal_.*_pkey/, /timers_pkey/],
    },
    {
      name: "load-timers",
      values: () => [some.shard, "epoch", "infinity", NIL_UUID, 10, 1_000_000],
      indexes: [/timers_by_due_time/, /journal_.*_pkey/],
    },
    {
      name: "find-next-timer",
      values: () => [some.shard, "epoch", "infinity"],
      indexes: [/timers_by_due_time/],
    },
    {
      name: "read-signals",
      values: () => [[some.shard], [NIL_UUID], 10],
      indexes: [/signals_pkey/, /journal_.*_pkey/],
    },
    {
      name: "insert-message",
      values: () => [some.shard, NIL_UUID, some.runId, projectId, "paid", "1", "key", 1_000, 1_000_000],
      indexes: [/Index .*on signals/],
    },
    { name: "find-ended", values: () => [[some.shard], [some.runId]], indexes: [/journal_.*_pkey/] },
    { name: "find-signal", values: () => [some.shard, some.runId, "key"], indexes: [/Index .*on signals/] },
    { name: "read-back-keys", values: () => [[1], [projectId], ["key-1"]], indexes: [/deduplications_pkey/] },
  ];

  for (const { name, values, indexes } of cases) {
    it(`${name} uses its index and scans no hot table from end to end`, async () => {
      const plan = await explain(name, values());
      for (const index of indexes) expect(plan).toMatch(index);
      expect(plan).not.toMatch(/Seq Scan on (journal|timers|deduplications|signals)/);
    });
  }
});

it("reads one partition only for one run", async () => {
  const found = await client.query<{ "QUERY PLAN": string }>(
    `explain (analyze, costs off, timing off, summary off) execute ${await prepare("read-run")}(${some.shard}, '${some.runId}', -1)`,
  );
  const executed = found.rows
    .map((row) => row["QUERY PLAN"])
    .filter((line) => /(Scan|Index).* on journal_/.test(line) && !line.includes("never executed"));
  expect(executed).toHaveLength(1);
});

it("neither updates nor deletes a row of a hot table, and leaves no dead rows", async () => {
  let hot: readonly { readonly table: string; readonly inserted: number; readonly changed: number }[] = [];
  // The workload's connections are closed, because the server counts their work when their processes end.
  await waitFor("the server counted the workload", async () => {
    hot = (await readTableCounts()).filter((row) => HOT_TABLES.includes(row.table) && row.inserted > 0);
    return hot.length === HOT_TABLES.length;
  });
  expect(hot.filter((row) => row.changed > 0)).toEqual([]);
});

it("opens every statement with what it does, its index and its locks", async () => {
  const { readFile, readdir } = await import("node:fs/promises");
  const directory = new URL("../sql/queries/", import.meta.url);
  const files = (await readdir(directory)).map((file) => file.replace(/\.sql$/, ""));
  expect(files.toSorted()).toEqual(QUERY_NAMES.toSorted());
  for (const name of files) {
    const file = await readFile(new URL(`${name}.sql`, directory), "utf8");
    expect(`${name}:\n${file}`).toMatch(/^.+:\n-- .+\.\n-- Index: .+\.\n-- Locks: .+\.\n[a-z]/);
  }
});

it("can prepare every statement with the rights of the engine or of a tenant", async () => {
  for (const name of QUERY_NAMES) {
    await client.query("reset role");
    await client.query(`prepare "all ${name}" as ${queries[name].text}`);
  }
  await client.query("set role meshhook_engine");
});

async function runWorkload(): Promise<void> {
  const token = await store.journal.join("a");
  await store.journal.claimShards(token, 64);
  for (let batch = 0; batch < 30; batch += 1) {
    const rows = Array.from({ length: 100 }, (_, index) =>
      segmentRow(random, {
        shard: random.int(64),
        projectId: random.int(4) === 0 ? projectId : uuidFrom(random),
        ...(index % 10 === 0 ? { parkedUntil: random.int(1_000_000_000) } : {}),
        ...(index % 10 === 1
          ? { dedupe: { endpointId: projectId, key: `key-${random.int(500)}`, bodyHash: "aa" } }
          : {}),
        ...(index % 3 === 0 ? { status: "succeeded" as const } : {}),
        ...(index % 20 === 19 ? { status: "failed" as const } : {}),
      }),
    );
    const outcomes = await store.journal.append(token, rows);
    const open = rows.filter((row, index) => outcomes[index]?.kind === "appended" && row.status === null);
    await store.journal.append(
      token,
      open.map((row) => nextSegmentRow(row, { status: "succeeded" })),
    );
    some = rows[0] ?? some;
    await store.journal.sendSignal({ shard: some.shard, runId: some.runId, projectId, kind: "cancel" });
    const message = {
      shard: some.shard,
      runId: some.runId,
      projectId,
      kind: "signal",
      name: "paid",
      payload: "1",
    } as const;
    for (const key of ["one", "two", "one"]) await store.journal.sendSignal({ ...message, key });
  }
  // A repeated append and a refused one: neither may leave a trace.
  await store.journal.append(token, [some]);
  await store.journal.append(token, [{ ...some, facts: "[]" }]);
}

async function readTableCounts(): Promise<readonly { table: string; inserted: number; changed: number }[]> {
  const found = await client.query<{ table: string; inserted: number; changed: number }>(
    `select
       coalesce(parents.relname, stats.relname) as table,
       sum(stats.n_tup_ins)::int as inserted,
       sum(stats.n_tup_upd + stats.n_tup_del + stats.n_dead_tup)::int as changed
     from pg_stat_all_tables as stats
     left join pg_inherits as inherits on inherits.inhrelid = stats.relid
     left join pg_class as parents on parents.oid = inherits.inhparent
     where stats.schemaname = 'meshhook'
     group by 1`,
  );
  return found.rows;
}

async function explain(name: QueryName, values: readonly Value[]): Promise<string> {
  const prepared = await prepare(name);
  const literals = values.map((value) =>
    value === null ? "null" : client.escapeLiteral(typeof value === "object" ? `{${value.join(",")}}` : String(value)),
  );
  const found = await client.query<{ "QUERY PLAN": string }>(
    `explain (costs off) execute ${prepared}(${literals.join(", ")})`,
  );
  return found.rows.map((row) => row["QUERY PLAN"]).join("\n");
}

async function prepare(name: QueryName): Promise<string> {
  const quoted = client.escapeIdentifier(`plan of ${name}`);
  await client.query(`deallocate all; prepare ${quoted} as ${queries[name].text}`);
  return quoted;
}
