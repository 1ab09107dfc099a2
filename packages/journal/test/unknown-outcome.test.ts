import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  databaseProxy,
  SeededRandom,
  segmentRow,
  temporaryDatabase,
  waitFor,
  type DatabaseProxy,
  type TemporaryDatabase,
} from "@meshhook/testkit";
import { Client } from "pg";

import {
  JournalUnavailable,
  openPostgresStore,
  type OwnerToken,
  type PostgresStore,
  type SegmentRow,
} from "../src/index.ts";

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
    // On a fast machine few batches are still in flight when they are looked for.
    const isEnough = (batch: number): boolean => batch >= 40 && (writer !== 1 || cuts > 3 || batch >= 4_000);
    for (let batch = 0; !isEnough(batch); batch += 1) {
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
          // While batches are in flight; the exact moment of the cut depends on the machine.
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
  // A batch whose retries ran out may or may not be there; nothing else may.
  expect(journal.rows.length).toBeLessThanOrEqual(resolved.length + unavailable * 25);
  const orphans = await observer.query(
    `select from meshhook.deduplications as keys
     where not exists (select from meshhook.journal as segments where segments.run_id = keys.run_id)`,
  );
  expect(orphans.rowCount).toBe(0);
});

it("stores the neighbours of a row that only the database refuses, and passes on its message", async () => {
  const token = await store.journal.join("a");
  await store.journal.claimShards(token, 64);
  await observer.query(
    "alter table meshhook.journal add constraint test_refuses_poison check (facts not like '%poison%')",
  );
  const rejected = { kind: "rejected", message: expect.stringContaining("test_refuses_poison") };
  expect(await store.journal.append(token, [segmentRow(random, { facts: '["poison"]' })])).toEqual([rejected]);
  const rows = Array.from({ length: 100 }, (_, index) =>
    segmentRow(random, { shard: index % 64, ...(index === 41 || index === 42 ? { facts: '["poison"]' } : {}) }),
  );

  const outcomes = await store.journal.append(token, rows);

  expect(outcomes).toEqual(rows.map((_, index) => (index === 41 || index === 42 ? rejected : { kind: "appended" })));
  expect((await observer.query("select from meshhook.journal")).rowCount).toBe(98);
});

it("gives up a row that the database neither stores nor refuses, and names it", async () => {
  const token = await store.journal.join("a");
  await store.journal.claimShards(token, 64);
  await observer.query(
    "create function meshhook.test_skip() returns trigger language plpgsql as 'begin return null; end'",
  );
  await observer.query(
    "create trigger test_skip before insert on meshhook.journal for each row execute function meshhook.test_skip()",
  );
  const row = segmentRow(random);
  await expect(store.journal.append(token, [row])).rejects.toMatchObject({
    name: "JournalUnavailable",
    mayHaveCommitted: false,
    message: expect.stringContaining(`segment 0 of run ${row.runId}`),
  });
});

it("rejects with the database's message when it cannot be reached, and recovers", async () => {
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

describe("an append whose connection is lost in flight", () => {
  let proxy: DatabaseProxy;
  let cutOff: PostgresStore;
  let token: OwnerToken;

  beforeEach(async () => {
    proxy = await databaseProxy(database.url);
    cutOff = openPostgresStore({ connectionString: proxy.url, writers: 1, retryMs: 300, resolveMs: 2_000 });
    token = await cutOff.journal.join("cut off");
    await cutOff.journal.claimShards(token, 64);
    // The writer's connection exists before anything happens to it.
    expect(await cutOff.journal.append(token, [segmentRow(random)])).toEqual([{ kind: "appended" }]);
  });

  afterEach(async () => {
    proxy.restore();
    await cutOff.close();
    await proxy.close();
  });

  it.each(["plain", "with an idempotency key"])(
    "is answered as appended when the commit came through (%s)",
    async (form) => {
      const row = rowOf(form);
      proxy.holdAnswers();
      const answered = cutOff.journal.append(token, [row]);
      await waitUntilStored(row);
      proxy.cut();
      expect(await answered).toEqual([{ kind: "appended" }]);
    },
  );

  it("is resolved for longer than one of which nothing was sent", async () => {
    const row = segmentRow(random);
    proxy.holdAnswers();
    const answered = cutOff.journal.append(token, [row]);
    await waitUntilStored(row);
    const cutAt = performance.now();
    proxy.cut({ refuse: true });
    await waitFor("longer than the time for retries has passed", () => performance.now() - cutAt > 600);
    proxy.restore();
    expect(await answered).toEqual([{ kind: "appended" }]);
  });

  it("is answered as appended although another owner took over the shard in the meantime", async () => {
    const row = segmentRow(random);
    proxy.holdAnswers();
    const answered = cutOff.journal.append(token, [row]);
    await waitUntilStored(row);
    proxy.cut({ refuse: true });
    await takeOver(token);
    proxy.restore();
    expect(await answered).toEqual([{ kind: "appended" }]);
  });

  it("is fenced when it reached the database after a takeover, and is not stored, then or later", async () => {
    const row = segmentRow(random);
    await takeOver(token);
    proxy.holdAnswers();
    const answered = cutOff.journal.append(token, [row]);
    await waitFor("the statement has run", async () => (await activeWriters()) === 0);
    proxy.cut();
    expect(await answered).toEqual([{ kind: "fenced" }]);
    expect(await isStored(row)).toBe(false);
  });

  it("rejects as possibly committed when the outcome stays unknown", async () => {
    const row = segmentRow(random);
    proxy.holdAnswers();
    const answered = cutOff.journal.append(token, [row]);
    await waitUntilStored(row);
    proxy.cut({ refuse: true });
    await expect(answered).rejects.toMatchObject({ name: "JournalUnavailable", mayHaveCommitted: true });
    expect(await isStored(row)).toBe(true);
  });

  it("has ended in the server too when it is given up without an answer", async () => {
    const row = segmentRow(random);
    const fence = await holdFence(row.shard);
    proxy.holdAnswers();
    const answered = cutOff.journal.append(token, [row]);
    await waitFor("the statement waits in the server", async () => (await activeWriters()) > 0);
    proxy.cut({ refuse: true });
    await expect(answered).rejects.toMatchObject({ mayHaveCommitted: true });
    expect(await activeWriters()).toBe(0);
    await fence.release();
    expect(await isStored(row)).toBe(false);
  });

  it("rejects as not committed when no try reached the database", async () => {
    const row = segmentRow(random);
    proxy.cut({ refuse: true });
    await expect(cutOff.journal.append(token, [row])).rejects.toMatchObject({ mayHaveCommitted: expect.any(Boolean) });
    // The first try may have written to a connection that was already cut; from now on there is none.
    await expect(cutOff.journal.append(token, [row])).rejects.toMatchObject({
      name: "JournalUnavailable",
      mayHaveCommitted: false,
    });
    proxy.restore();
    expect(await isStored(row)).toBe(false);
  });

  it("rejects as not committed when the server itself gave up the statement", async () => {
    const row = segmentRow(random);
    const fence = await holdFence(row.shard);
    const canceling = setInterval(() => void cancelWriters(), 50);
    try {
      await expect(cutOff.journal.append(token, [row])).rejects.toMatchObject({ mayHaveCommitted: false });
    } finally {
      clearInterval(canceling);
    }
    await fence.release();
    expect(await isStored(row)).toBe(false);
  });

  it("rejects as possibly committed when one half of a batch was stored and the other was cut off", async () => {
    await observer.query(
      "alter table meshhook.journal add constraint test_refuses_poison check (facts not like '%poison%')",
    );
    const [first, last] = [segmentRow(random, { shard: 1 }), segmentRow(random, { shard: 2, facts: '["poison"]' })];
    // The whole batch is refused, its first half is stored, then the connection is lost.
    const answered = cutOff.journal.append(token, [first, last]);
    await waitUntilStored(first);
    proxy.cut({ refuse: true });
    const outcome = await answered.then(
      (outcomes) => outcomes.map(({ kind }) => kind),
      (error: unknown) => error,
    );
    // The cut may have come too late.
    if (Array.isArray(outcome)) expect(outcome).toEqual(["appended", "rejected"]);
    else expect(outcome).toMatchObject({ name: "JournalUnavailable", mayHaveCommitted: true });
  });

  it("reports a change of the catalog that may have been committed", async () => {
    proxy.holdAnswers();
    const created = cutOff.catalog.createProject({ slug: "unknown", name: "Unknown" });
    created.catch(() => undefined);
    // `begin` is not answered, so nothing was changed.
    proxy.cut();
    await expect(created).rejects.toMatchObject({ name: "JournalUnavailable", mayHaveCommitted: false });
  });
});

function rowOf(form: string): SegmentRow {
  return segmentRow(
    random,
    form === "plain" ? {} : { dedupe: { endpointId: ENDPOINT_ID, key: "a-key", bodyHash: "aa" } },
  );
}

async function isStored(row: SegmentRow): Promise<boolean> {
  const found = await observer.query("select from meshhook.journal as segments where segments.run_id = $1", [
    row.runId,
  ]);
  return found.rowCount === 1;
}

function waitUntilStored(row: SegmentRow): Promise<void> {
  return waitFor("the row is stored", () => isStored(row));
}

async function takeOver(token: OwnerToken): Promise<void> {
  await observer.query("update meshhook.owners set heartbeat_at = heartbeat_at - interval '1 hour' where token = $1", [
    token,
  ]);
  const other = await store.journal.join("other");
  expect(await store.journal.claimShards(other, 64)).toHaveLength(64);
}

/** Makes appends to a shard wait. On a separate connection, because within a transaction `pg_stat_activity` does not change. */
async function holdFence(shard: number): Promise<{ release(): Promise<void> }> {
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query("begin");
  await holder.query("select from meshhook.fences as fences where fences.shard = $1 for update", [shard]);
  return { release: () => holder.end() };
}

const WRITING = `from pg_stat_activity as backends
  where backends.datname = current_database() and backends.pid <> pg_backend_pid()
    and backends.state = 'active' and backends.query like '%insert into meshhook.journal%'`;

async function activeWriters(): Promise<number> {
  return (await observer.query(`select ${WRITING}`)).rowCount ?? 0;
}

async function cancelWriters(): Promise<void> {
  await observer.query(`select pg_cancel_backend(backends.pid) ${WRITING}`);
}
