import { temporaryDatabase } from "@meshhook/testkit";
import type { TemporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBenchRole } from "../../database/connect.ts";
import { DatabaseTimeline } from "./database-timeline.ts";
import type { DatabaseMoment } from "./database-timeline.ts";

let database: TemporaryDatabase;
const clients: Client[] = [];

beforeAll(async () => {
  database = await temporaryDatabase();
  await createBenchRole(database.url);
  for (let n = 0; n < 2; n += 1) {
    const client = new Client({ connectionString: database.url, application_name: "meshhook" });
    await client.connect();
    clients.push(client);
  }
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await database.drop();
});

/** Samples until a moment shows what is looked for. */
async function sampleUntil(isShown: (moment: DatabaseMoment) => boolean): Promise<readonly DatabaseMoment[]> {
  const timeline = await DatabaseTimeline.start(database.url);
  try {
    await expect.poll(() => timeline.moments.some(isShown)).toBe(true);
  } finally {
    await timeline.stop();
  }
  return timeline.moments;
}

test("a statement that waits for a lock is seen waiting for it, and the benchmark's own backend is not", async () => {
  const [holder, waiter] = clients;
  await holder?.query("create table locked (n int primary key); insert into locked values (1)");
  await holder?.query("begin; update locked set n = 2");
  const waiting = waiter?.query("update locked set n = 3");
  const moments = await sampleUntil(({ waits }) => Object.keys(waits).some((event) => event.startsWith("Lock:")));
  await holder?.query("rollback");
  await waiting;
  for (const { waits, askedUs, answeredUs } of moments) {
    expect(Object.values(waits).reduce((sum, backends) => sum + backends, 0)).toBeLessThanOrEqual(2);
    expect(answeredUs).toBeGreaterThan(askedUs);
  }
});

test("a checkpoint that is over before the next sample is counted", async () => {
  const timeline = await DatabaseTimeline.start(database.url);
  await expect.poll(() => timeline.moments.length).toBeGreaterThan(0);
  const before = timeline.moments.at(-1)?.checkpoints ?? 0;
  await clients[0]?.query("create table if not exists dirty (n int); insert into dirty values (1)");
  await clients[0]?.query("checkpoint");
  await expect.poll(() => timeline.moments.at(-1)?.checkpoints).toBeGreaterThan(before);
  await timeline.stop();
});

test("the server's processes are known by their ids, for as long as it samples", async () => {
  const timeline = await DatabaseTimeline.start(database.url);
  const { rows } = (await clients[0]?.query<{ pid: number }>("select pg_backend_pid() as pid")) ?? { rows: [] };
  await expect.poll(() => timeline.processes.get(rows[0]?.pid ?? 0)).toBe("client backend");
  expect([...timeline.processes.values()]).toContain("checkpointer");
  const { connectionsMax, connectionsByState } = await timeline.stop();
  expect(connectionsByState?.["idle"]).toBeGreaterThanOrEqual(2);
  expect(connectionsMax).toBeGreaterThanOrEqual(2);
});

test("a transaction that somebody left open shows with its age and its state", async () => {
  await clients[0]?.query("begin; select 1");
  const timeline = await DatabaseTimeline.start(database.url);
  await expect.poll(() => timeline.moments.length).toBeGreaterThan(4);
  await clients[0]?.query("rollback");
  const { connectionsByState, oldestTransactionMsMax } = await timeline.stop();
  expect(connectionsByState?.["idle in transaction"]).toBe(1);
  expect(oldestTransactionMsMax).toBeGreaterThan(100);
});
