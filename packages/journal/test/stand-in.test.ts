import { afterEach, beforeEach, expect, it } from "vitest";
import { temporaryDatabase, waitFor, type TemporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";

import { openPostgresStore, type PostgresStore, type StandIn } from "../src/index.ts";

const LEASE_MS = 1_500;
let database: TemporaryDatabase;
let store: PostgresStore;
let observer: Client;
let standIn: StandIn | null = null;

beforeEach(async () => {
  database = await temporaryDatabase();
  store = openPostgresStore({ connectionString: database.url, leaseMs: LEASE_MS });
  observer = new Client({ connectionString: database.url });
  await observer.connect();
});

afterEach(async () => {
  await standIn?.stop();
  standIn = null;
  await observer.end();
  await store.close();
  await database.drop();
});

async function leaseAgeMs(token: string): Promise<number> {
  const found = await observer.query<{ age: number }>(
    "select (extract(epoch from clock_timestamp() - heartbeat_at) * 1000)::float8 as age from meshhook.owners where token = $1",
    [token],
  );
  return found.rows[0]?.age ?? Infinity;
}

/** Blocks the process like a computation that never yields. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

async function start(stallMs: number): Promise<{ token: string; standIn: StandIn }> {
  const token = await store.journal.join("busy");
  const started = store.journal.startStandIn?.(token, { lateMs: LEASE_MS / 3, stallMs });
  if (started === undefined) throw new Error("Postgres has stand-ins");
  standIn = started;
  await waitFor("the stand-in has stepped in once", async () => (await leaseAgeMs(token)) > LEASE_MS / 6);
  await waitFor("the stand-in has stepped in once", async () => (await leaseAgeMs(token)) < LEASE_MS / 6);
  return { token, standIn: started };
}

it("keeps the lease of an owner whose event loop is blocked for several leases", async () => {
  const { token, standIn: running } = await start(60_000);
  block(3 * LEASE_MS);
  expect(running.ageMs).toBeLessThan(LEASE_MS);
  expect(await leaseAgeMs(token)).toBeLessThan(LEASE_MS);
});

it("gives up an owner whose event loop has stood still for too long", async () => {
  const { token, standIn: running } = await start(1_000);
  block(1_000 + 2 * LEASE_MS);
  expect(running.ageMs).toBeGreaterThan(LEASE_MS);
  expect(await leaseAgeMs(token)).toBeGreaterThan(LEASE_MS);
});

it("leaves the work to an owner whose heartbeats are in time", async () => {
  const { token, standIn: running } = await start(60_000);
  for (let beat = 0; beat < 5; beat++) {
    await store.journal.heartbeat(token);
    running.noteBeat(0);
    expect(running.ageMs).toBeLessThan(LEASE_MS / 3);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

it("does not revive an owner whose shards were taken", async () => {
  const { token, standIn: running } = await start(60_000);
  await store.journal.leave(token);
  block(LEASE_MS);
  expect(running.ageMs).toBeGreaterThan(LEASE_MS / 2);
  expect(await leaseAgeMs(token)).toBe(Infinity);
});
