import { afterEach, beforeEach, expect, it } from "vitest";
import { SeededRandom, segmentRow, temporaryDatabase, type TemporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";

import { JournalUnavailable, openPostgresStore, type PostgresStore, type SegmentRow } from "../src/index.ts";

const random = new SeededRandom(13);
let database: TemporaryDatabase;
let store: PostgresStore;
let observer: Client;

beforeEach(async () => {
  database = await temporaryDatabase();
  store = openPostgresStore({ connectionString: database.url, writers: 3, retryMs: 5_000 });
  observer = new Client({ connectionString: database.url });
  await observer.connect();
});

afterEach(async () => {
  await observer.end();
  await store.close();
  await database.drop();
});

it("keeps every resolved append and stores nothing twice while the writers' connections are cut at random", async () => {
  const token = await store.journal.join("a");
  await store.journal.claimShards(token, 64);
  const resolved: SegmentRow[] = [];
  let unavailable = 0;
  let cuts = 0;

  const write = async (writer: number): Promise<void> => {
    for (let batch = 0; batch < 40; batch += 1) {
      const rows = Array.from({ length: 25 }, (_, index) =>
        segmentRow(random, {
          shard: random.int(64),
          // Half of the batches take the path with idempotency keys.
          ...(batch % 2 === 0
            ? {}
            : { dedupe: { endpointId: ENDPOINT_ID, key: `${writer}-${batch}-${index}`, bodyHash: "aa" } }),
        }),
      );
      try {
        const [outcomes, cut] = await Promise.all([
          store.journal.append(token, rows),
          // While batches are on their way; where exactly the knife falls is up to the machine.
          writer === 1 ? cutActiveWriters() : 0,
        ]);
        cuts += cut;
        expect(outcomes.map((outcome) => outcome.kind)).toEqual(rows.map(() => "appended"));
        resolved.push(...rows);
      } catch (error) {
        expect(error).toBeInstanceOf(JournalUnavailable);
        unavailable += 1;
      }
    }
  };
  await Promise.all([write(1), write(2), write(3)]);
  expect(cuts).toBeGreaterThan(3);

  const journal = await observer.query<{ run_id: string; facts: string }>("select run_id, facts from meshhook.journal");
  const byRun = new Map(journal.rows.map((row) => [row.run_id, row.facts]));
  expect(byRun.size).toBe(journal.rows.length);
  for (const row of resolved) expect(byRun.get(row.runId)).toBe(row.facts);
  // A batch whose retries ran out may be there or not; nothing else may.
  expect(journal.rows.length).toBeLessThanOrEqual(resolved.length + unavailable * 25);
  const orphans = await observer.query(
    `select from meshhook.deduplications as keys
     where not exists (select from meshhook.journal as segments where segments.run_id = keys.run_id)`,
  );
  expect(orphans.rowCount).toBe(0);
});

it("stores the neighbours of a row that only the database refuses, and says what it said", async () => {
  const token = await store.journal.join("a");
  await store.journal.claimShards(token, 64);
  await observer.query(
    "alter table meshhook.journal add constraint test_refuses_poison check (facts not like '%poison%')",
  );
  const rows = Array.from({ length: 100 }, (_, index) =>
    segmentRow(random, { shard: index % 64, ...(index === 41 || index === 42 ? { facts: '["poison"]' } : {}) }),
  );

  const outcomes = await store.journal.append(token, rows);

  const rejected = { kind: "rejected", message: expect.stringContaining("test_refuses_poison") };
  expect(outcomes).toEqual(rows.map((_, index) => (index === 41 || index === 42 ? rejected : { kind: "appended" })));
  expect((await observer.query("select from meshhook.journal")).rowCount).toBe(98);
});

it("rejects with what the database said when it cannot be reached, and works again by itself", async () => {
  const impatient = openPostgresStore({ connectionString: database.url, retryMs: 50 });
  const token = await impatient.journal.join("a");
  await impatient.journal.claimShards(token, 64);
  const row = segmentRow(random);
  const server = new Client({ connectionString: database.url.replace(/\/[^/]*$/, "/postgres") });
  await server.connect();
  const name = new URL(database.url).pathname.slice(1);
  await observer.end();
  await server.query(`alter database "${name}" allow_connections false`);
  await server.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [name]);

  await expect(impatient.journal.append(token, [row])).rejects.toThrow(JournalUnavailable);
  await expect(impatient.journal.heartbeat(token)).rejects.toThrow(JournalUnavailable);
  await expect(impatient.journal.readRun(row.runId)).rejects.toThrow(/could not read a run/);
  await expect(impatient.catalog.listProjects()).rejects.toThrow(JournalUnavailable);

  await server.query(`alter database "${name}" allow_connections true`);
  await server.end();
  observer = new Client({ connectionString: database.url });
  await observer.connect();
  expect(await impatient.journal.append(token, [row])).toEqual([{ kind: "appended" }]);
  await impatient.close();
});

async function cutActiveWriters(): Promise<number> {
  const found = await observer.query(
    `select pg_terminate_backend(backends.pid) from pg_stat_activity as backends
     where backends.datname = current_database() and backends.pid <> pg_backend_pid()
       and backends.state = 'active' and backends.query like '%insert into meshhook.%'`,
  );
  return found.rowCount ?? 0;
}

const ENDPOINT_ID = "11111111-1111-4111-8111-111111111111";
