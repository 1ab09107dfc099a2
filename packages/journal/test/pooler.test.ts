import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { SeededRandom, segmentRow, temporaryDatabase, type TemporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";

import { checkDatabaseSafety, JournalUnavailable, openPostgresStore, SharedSessions } from "../src/index.ts";
import { PGBOUNCER_VERSION, startPgBouncer, type PgBouncer } from "./pgbouncer.ts";

let database: TemporaryDatabase;

beforeAll(async () => {
  database = await temporaryDatabase();
});

afterAll(async () => {
  await database.drop();
});

it("recognises a direct connection", async () => {
  expect(await checkDatabaseSafety(database.url)).toMatchObject({ risks: [] });
});

// Printed in the suite's output, because an omitted test should not look like one that passed.
const isInstalled = PGBOUNCER_VERSION !== null;
process.stdout.write(
  isInstalled
    ? `pooler.test.ts: with PgBouncer ${PGBOUNCER_VERSION}\n`
    : "pooler.test.ts: PgBouncer is not installed, so the tests that need it are left out (Debian: apt install pgbouncer)\n",
);

describe.runIf(isInstalled)(`behind PgBouncer ${PGBOUNCER_VERSION}`, () => {
  const closers: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  const bouncer = async (settings: { readonly [name: string]: string }): Promise<PgBouncer> => {
    const started = await startPgBouncer(database.url, settings);
    closers.push(() => started.stop());
    return started;
  };

  it.each([
    ["in transaction mode", { pool_mode: "transaction" }],
    ["in statement mode", { pool_mode: "statement" }],
    ["in transaction mode with one connection", { pool_mode: "transaction", default_pool_size: "1" }],
    ["in transaction mode that takes turns", { pool_mode: "transaction", server_round_robin: "1", min_pool_size: "7" }],
    ["in statement mode that takes turns", { pool_mode: "statement", server_round_robin: "1", min_pool_size: "7" }],
  ])("is refused %s, with the remedy", async (_, settings) => {
    const { url } = await bouncer(settings);
    await expect(checkDatabaseSafety(url)).rejects.toThrow(SharedSessions);
    await expect(checkDatabaseSafety(url, { allowUnsafe: true })).rejects.toThrow(
      /connection pooler in (transaction|statement) mode.*session mode.*pool_mode = session.*5432 instead of 6543/s,
    );
  });

  it("is refused in transaction mode while other clients are busy in the same pool", async () => {
    const { url } = await bouncer({ pool_mode: "transaction", default_pool_size: "8" });
    const isOver = { value: false };
    const others = Array.from({ length: 12 }, async () => {
      const client = new Client({ connectionString: url });
      await client.connect();
      while (!isOver.value) await client.query("select pg_sleep(random() * 0.003)");
      await client.end();
    });
    try {
      for (let start = 0; start < 10; start += 1)
        await expect(checkDatabaseSafety(url)).rejects.toThrow(SharedSessions);
    } finally {
      isOver.value = true;
      await Promise.all(others);
    }
  });

  it("works in session mode, liveness locks included", async () => {
    const { url } = await bouncer({ pool_mode: "session" });
    expect(await checkDatabaseSafety(url)).toMatchObject({ risks: [] });
    const random = new SeededRandom(23);
    const store = openPostgresStore({ connectionString: url, writers: 1, readers: 2 });
    closers.push(() => store.close());
    const token = await store.journal.join("a");
    await store.journal.claimShards(token, 64);
    const rows = Array.from({ length: 50 }, (_, index) => segmentRow(random, { shard: index }));
    expect(await store.journal.append(token, rows)).toEqual(rows.map(() => ({ kind: "appended" })));
    expect(await store.journal.heartbeat(token)).toMatchObject({ ownersAlive: 1 });
    await store.journal.leave(token);
  });

  it("names the pooler in the error if one is put in between later", async () => {
    const { url } = await bouncer({ pool_mode: "transaction", default_pool_size: "1" });
    const store = openPostgresStore({ connectionString: url, readers: 4, retryMs: 200 });
    closers.push(() => store.close());
    const errors: unknown[] = [];
    const read = (): Promise<unknown> => store.catalog.listProjects().catch((error: unknown) => errors.push(error));
    for (let round = 0; round < 5; round += 1) await Promise.all([read(), read(), read(), read()]);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) {
      expect(error).toBeInstanceOf(JournalUnavailable);
      expect(String(error)).toMatch(/prepared statement.*pooler in transaction mode/s);
    }
  });
});
