import {
  nextSegmentRow,
  SeededRandom,
  segmentRow,
  temporaryDatabase,
  uuidFrom,
  type TemporaryDatabase,
} from "@meshhook/testkit";
import { Client } from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";

import { openPostgresStore, type OwnerToken, type PostgresStore, type SegmentRow } from "../src/index.ts";

const random = new SeededRandom(23);
const CUTOFF = new Date("2026-03-10T12:00:00Z");
const TODAY = Date.now() * 1_000;
let database: TemporaryDatabase;
let store: PostgresStore;
let client: Client;
let token: OwnerToken;

beforeEach(async () => {
  database = await temporaryDatabase();
  store = openPostgresStore({ connectionString: database.url });
  client = new Client({ connectionString: database.url });
  await client.connect();
  await store.ensurePartitions(new Date("2026-03-06"), new Date("2026-03-11"));
  token = await store.journal.join("retention");
  await store.journal.claimShards(token, 64);
});

afterEach(async () => {
  await client.end();
  await store.close();
  await database.drop();
});

/** A run that started at noon of a day in March 2026 and whose delivery had the key of the day. */
async function run(day: number, more: Partial<SegmentRow> = {}): Promise<SegmentRow> {
  const row = segmentRow(random, { at: Date.UTC(2026, 2, day, 12) * 1_000, dedupe: keyOf(day), ...more });
  expect(await store.journal.append(token, [row])).toEqual([{ kind: "appended" }]);
  return row;
}

const endpointId = uuidFrom(random);
function keyOf(day: number): NonNullable<SegmentRow["dedupe"]> {
  return { endpointId, key: `day-${day}`, bodyHash: "aa" };
}

async function end(row: SegmentRow): Promise<void> {
  await store.journal.append(token, [nextSegmentRow(row, { status: "succeeded" })]);
}

async function count(table: string): Promise<number> {
  return (await client.query(`select from meshhook.${table}`)).rowCount ?? 0;
}

it("removes the days whose runs have all ended, with what belongs to them, and keeps the rest", async () => {
  const old = await run(7, { parkedUntil: Date.UTC(2026, 2, 7, 13) * 1_000 });
  await end(old);
  await store.journal.sendSignal({ shard: 0, runId: old.runId, projectId: old.projectId, kind: "cancel" });
  const parked = await run(8, { parkedUntil: TODAY });
  const done = await run(8, { status: "failed", dedupe: { ...keyOf(8), key: "done" } });
  await run(9, { status: "succeeded" });
  const young = await run(10, { status: "succeeded" });
  await store.catalog.recordRejection({
    projectId: old.projectId,
    endpointId,
    at: TODAY,
    code: "body_invalid",
    detail: "",
    bodyBytes: 0,
  });

  const planned = await store.retention.plan(CUTOFF);
  expect(planned.firstDayKept).toBe("2026-03-10");
  expect(planned.strayRuns).toBeNull();
  expect(
    planned.days.map(({ day, runs, unfinished, oldestUnfinished }) => [day, runs, unfinished, oldestUnfinished]),
  ).toEqual([
    ["2026-03-06", 0, 0, null],
    ["2026-03-07", 1, 0, null],
    ["2026-03-08", 2, 1, parked.runId],
    ["2026-03-09", 1, 0, null],
  ]);
  expect(planned.days.every(({ bytes }) => bytes > 0)).toBe(true);
  expect(await store.journal.readRun(old.runId)).toHaveLength(2);

  const result = await store.retention.apply(CUTOFF);
  expect(result?.dropped.map(({ day }) => day)).toEqual(["2026-03-06", "2026-03-07", "2026-03-09"]);
  expect(result?.postponed).toEqual([]);
  expect(result?.forgotten).toEqual({ deduplications: 2, timers: 1, signals: 1, reruns: 0, rejections: 0 });
  expect(await store.journal.readRun(old.runId)).toEqual([]);
  for (const kept of [parked, done, young]) expect(await store.journal.readRun(kept.runId)).toHaveLength(1);
  expect([await count("timers"), await count("signals"), await count("rejections")]).toEqual([1, 0, 1]);
  // The key of a run that is gone starts another one; that of a run that is kept does not.
  const again = async (day: number): Promise<unknown> =>
    (await store.journal.append(token, [segmentRow(random, { at: TODAY, dedupe: keyOf(day) })]))[0]?.kind;
  expect([await again(7), await again(8), await again(10)]).toEqual(["appended", "duplicate", "duplicate"]);

  await end(parked);
  expect((await store.retention.apply(CUTOFF))?.dropped.map(({ day }) => day)).toEqual(["2026-03-08"]);
  expect(await store.retention.plan(CUTOFF)).toMatchObject({ days: [] });
});

it("exports a day before it goes, and keeps it if that fails", async () => {
  const rows = [await run(7, { shard: 3 }), await run(7, { dedupe: { ...keyOf(7), key: "other" } })];
  for (const row of rows) await end(row);
  await expect(
    store.retention.apply(CUTOFF, { exportDay: () => Promise.reject(new Error("the disk is full")) }),
  ).rejects.toThrow("the disk is full");
  expect(await store.journal.readRun(rows[0]!.runId)).toHaveLength(2);

  const exported: Record<string, string[]> = {};
  await store.retention.apply(CUTOFF, {
    exportDay: async ({ day }, segments) => {
      for await (const { runId, seq } of segments) (exported[day] ??= []).push(`${runId} ${seq}`);
    },
  });
  const ids = [rows[1]!, rows[0]!].flatMap(({ runId }) => [`${runId} 0`, `${runId} 1`]);
  expect(exported).toEqual({ "2026-03-07": ids });
});

it("waits for locks only for a moment, so that appends go on", async () => {
  await run(7, { status: "succeeded" });
  const reader = new Client({ connectionString: database.url });
  await reader.connect();
  await reader.query("begin; lock table meshhook.journal in access share mode");
  const removing = store.retention.apply(CUTOFF);
  // Behind somebody who waits for an exclusive lock, an append would wait as long as the reader reads.
  for (let number = 0; number < 20; number++)
    expect(await store.journal.append(token, [segmentRow(random)])).toEqual([{ kind: "appended" }]);
  await reader.query("commit");
  await reader.end();
  expect((await removing)?.dropped.map(({ day }) => day)).toContain("2026-03-07");
});

it("is done by one process at a time", async () => {
  await client.query("select pg_advisory_lock(1296388936, 3)");
  expect(await store.retention.apply(CUTOFF)).toBeNull();
});

it("is refused by the database for what is younger than a day, whoever asks", async () => {
  await client.query("set role meshhook_engine");
  await expect(client.query("select meshhook.drop_partition(current_date)")).rejects.toThrow(/is not over for a day/);
  await expect(
    client.query("select meshhook.forget_rows('timers', 0, 1, meshhook.run_id_floor(now()), '{}', '{}')"),
  ).rejects.toThrow(/younger than a day/);
  await expect(
    client.query("select meshhook.forget_rows('journal', 0, 1, meshhook.run_id_floor('epoch'), '{}', '{}')"),
  ).rejects.toThrow(/not a table whose rows belong to runs/);
});
