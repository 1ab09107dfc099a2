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
/** Runs of 10 March and later stay. */
const POLICY = { now: new Date("2026-04-09T12:00:00Z"), days: 30 };
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

  const planned = await store.retention.plan(POLICY);
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

  const result = await store.retention.apply(POLICY);
  expect(result?.dropped.map(({ day }) => day)).toEqual(["2026-03-06", "2026-03-07", "2026-03-09"]);
  expect(result?.rewritten.map(({ day }) => day)).toEqual(["2026-03-08"]);
  expect(result?.postponed).toEqual([]);
  expect(result?.forgotten).toEqual({ deduplications: 3, timers: 1, signals: 1, reruns: 0, rejections: 0 });
  for (const { runId } of [old, done]) expect(await store.journal.readRun(runId)).toEqual([]);
  for (const kept of [parked, young]) expect(await store.journal.readRun(kept.runId)).toHaveLength(1);
  expect([await count("timers"), await count("signals"), await count("rejections")]).toEqual([1, 0, 1]);
  // The key of a run that is gone starts another one; that of a run that is kept does not.
  const again = async (day: number): Promise<unknown> =>
    (await store.journal.append(token, [segmentRow(random, { at: TODAY, dedupe: keyOf(day) })]))[0]?.kind;
  expect([await again(7), await again(8), await again(10)]).toEqual(["appended", "duplicate", "duplicate"]);

  // Nothing has happened since, so nothing is done again.
  expect(await store.retention.apply(POLICY)).toMatchObject({ dropped: [], rewritten: [] });
  await end(parked);
  expect(await store.journal.readRun(parked.runId)).toHaveLength(2);
  expect((await store.retention.apply(POLICY))?.dropped.map(({ day }) => day)).toEqual(["2026-03-08"]);
  expect(await store.retention.plan(POLICY)).toMatchObject({ days: [] });
});

it("keeps the runs of each project for as long as the project says", async () => {
  const [shorter, longer, usual] = await Promise.all(
    ["shorter", "longer", "usual"].map((slug) => store.catalog.createProject({ slug, name: slug })),
  );
  if (shorter === undefined || longer === undefined || usual === undefined) throw new Error("there are three");
  await store.catalog.updateProject(shorter.id, { retentionDays: 29 });
  await store.catalog.updateProject(longer.id, { retentionDays: 33 });
  const kept: Record<string, SegmentRow> = {};
  for (const day of [6, 7, 8, 10, 11]) {
    for (const { id, slug } of [shorter, longer, usual]) {
      const dedupe = { ...keyOf(day), key: `${slug}-${day}` };
      kept[`${slug} ${day}`] = await run(day, { projectId: id, status: "succeeded", dedupe });
    }
  }
  const remaining = async (): Promise<string[]> => {
    const found = await Promise.all(
      Object.entries(kept).map(async ([name, { runId }]) =>
        (await store.journal.readRun(runId)).length > 0 ? [name] : [],
      ),
    );
    return found.flat();
  };
  const planned = await store.retention.plan(POLICY);
  expect(planned.days.map(({ day, runs, keepsOthers }) => [day, runs, keepsOthers])).toEqual([
    ["2026-03-06", 3, false],
    ["2026-03-07", 2, true],
    ["2026-03-08", 2, true],
    ["2026-03-09", 0, false],
    ["2026-03-10", 1, true],
  ]);
  const exported: string[] = [];
  const result = await store.retention.apply(POLICY, {
    exportDay: async ({ day }, segments) => {
      for await (const { projectId } of segments) exported.push(`${day} ${projectId}`);
    },
  });
  expect(result?.dropped.map(({ day }) => day)).toEqual(["2026-03-06", "2026-03-09"]);
  expect(result?.rewritten.map(({ day }) => day)).toEqual(["2026-03-07", "2026-03-08", "2026-03-10"]);
  expect(result?.forgotten.deduplications).toBe(8);
  expect(await remaining()).toEqual([
    "longer 7",
    "longer 8",
    "longer 10",
    "usual 10",
    "shorter 11",
    "longer 11",
    "usual 11",
  ]);
  expect(exported.sort()).toEqual(
    [
      ...[shorter, longer, usual].map(({ id }) => `2026-03-06 ${id}`),
      ...["07", "08"].flatMap((day) => [shorter, usual].map(({ id }) => `2026-03-${day} ${id}`)),
      `2026-03-10 ${shorter.id}`,
    ].sort(),
  );
  // A project's own list does not show what is gone, and what stays is listed once.
  const listed = await store.journal.listRuns({ projectId: longer.id, limit: 9 });
  expect(listed.map(({ runId }) => runId)).toEqual([11, 10, 8, 7].map((day) => kept[`longer ${day}`]?.runId));
  expect(await store.journal.listRuns({ projectId: shorter.id, limit: 9 })).toHaveLength(1);

  // Where the installation keeps everything, a project's time still counts.
  await store.catalog.updateProject(shorter.id, { retentionDays: null });
  const off = { now: new Date("2026-04-11T12:00:00Z"), days: null };
  expect((await store.retention.apply(off))?.dropped.map(({ day }) => day)).toEqual(["2026-03-07", "2026-03-08"]);
  expect((await remaining()).filter((name) => name.startsWith("longer"))).toEqual(["longer 10", "longer 11"]);
});

it("loses nothing that is appended to a day while it is written again", async () => {
  const parked = await run(7);
  const ending = await run(7, { dedupe: { ...keyOf(7), key: "ending" } });
  const gone = await run(7, { dedupe: { ...keyOf(7), key: "gone" }, status: "failed" });
  const late = segmentRow(random, { at: Date.UTC(2026, 2, 7, 12) * 1_000, status: "succeeded" });
  const exported = new Set<string>();
  const result = await store.retention.apply(POLICY, {
    exportDay: async ({ day }, segments) => {
      if (day !== "2026-03-07") return;
      await store.journal.append(token, [late, nextSegmentRow(ending, { status: "succeeded" })]);
      for await (const { runId } of segments) exported.add(runId);
      await store.journal.append(token, [nextSegmentRow(parked, {})]);
    },
  });
  expect(result?.rewritten.map(({ day }) => day)).toEqual(["2026-03-07"]);
  const lengths = [parked, ending, late, gone].map(async ({ runId }) => (await store.journal.readRun(runId)).length);
  expect(await Promise.all(lengths)).toEqual([2, 2, 1, 0]);
  expect([parked, ending, gone].map(({ runId }) => exported.has(runId))).toEqual([false, false, true]);
  // What ended in the meantime goes the next time, under another name.
  const parts: number[] = [];
  await end(nextSegmentRow(parked, {}));
  await store.retention.apply(POLICY, { exportDay: async ({ part }) => void parts.push(part) });
  expect(parts).toContain(2);
  expect(await store.journal.readRun(late.runId)).toEqual([]);
});

it("exports a day before it goes, and keeps it if that fails", async () => {
  const rows = [await run(7, { shard: 3 }), await run(7, { dedupe: { ...keyOf(7), key: "other" } })];
  for (const row of rows) await end(row);
  await expect(
    store.retention.apply(POLICY, { exportDay: () => Promise.reject(new Error("the disk is full")) }),
  ).rejects.toThrow("the disk is full");
  expect(await store.journal.readRun(rows[0]!.runId)).toHaveLength(2);

  const exported: Record<string, string[]> = {};
  await store.retention.apply(POLICY, {
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
  const removing = store.retention.apply(POLICY);
  // Behind somebody who waits for an exclusive lock, an append would wait as long as the reader reads.
  for (let number = 0; number < 20; number++)
    expect(await store.journal.append(token, [segmentRow(random)])).toEqual([{ kind: "appended" }]);
  await reader.query("commit");
  await reader.end();
  expect((await removing)?.dropped.map(({ day }) => day)).toContain("2026-03-07");
});

it("is done by one process at a time", async () => {
  await client.query("select pg_advisory_lock(1296388936, 3)");
  expect(await store.retention.apply(POLICY)).toBeNull();
});

it("is refused by the database for what is younger than a day, whoever asks", async () => {
  await client.query("set role meshhook_engine");
  await expect(client.query("select meshhook.begin_rewrite(current_date)")).rejects.toThrow(/is not over for a day/);
  await expect(
    client.query(
      "select meshhook.forget_rows_of_gone('timers', 0, 1, '{00000000-0000-0000-0000-000000000000}', array[meshhook.run_id_floor(now())])",
    ),
  ).rejects.toThrow(/younger than a day/);
  await expect(
    client.query("select meshhook.forget_rows('timers', 0, 1, meshhook.run_id_floor(now()), '{}', '{}')"),
  ).rejects.toThrow(/younger than a day/);
  await expect(
    client.query("select meshhook.forget_rows('journal', 0, 1, meshhook.run_id_floor('epoch'), '{}', '{}')"),
  ).rejects.toThrow(/not a table whose rows belong to runs/);
});

it("removes erased runs of a day, whose others stay, also where nothing is too old", async () => {
  const keep = { now: new Date("2026-04-09T12:00:00Z"), days: null };
  const erased = await run(8, { status: "succeeded", dedupe: { ...keyOf(8), key: "erased" } });
  const { projectId } = erased;
  const kept = await run(8, { status: "succeeded", projectId });
  const going = await run(8, { projectId, dedupe: { ...keyOf(8), key: "going" } });
  const alone = await run(9, { status: "failed", projectId });
  const others = await run(8, { status: "succeeded", dedupe: { ...keyOf(8), key: "others" } });

  expect(await store.journal.eraseRun(projectId, going.runId)).toBe("in_progress");
  expect(await store.journal.eraseRun(projectId, others.runId)).toBe("not_found");
  for (const { runId } of [erased, alone]) {
    expect(await store.journal.eraseRun(projectId, runId)).toBe("erased");
    expect(await store.journal.eraseRun(projectId, runId)).toBe("not_found");
    expect(await store.journal.readRun(runId, { projectId })).toEqual([]);
  }
  expect(await store.journal.listRuns({ projectId, status: "failed", limit: 10 })).toEqual([]);
  const planned = await store.retention.plan(keep);
  expect(planned.days.map(({ day, runs, erased: gone, keepsOthers }) => [day, runs, gone, keepsOthers])).toEqual([
    ["2026-03-08", 0, 1, true],
    ["2026-03-09", 0, 1, true],
  ]);
  expect(await count("journal")).toBe(5);

  const exported: string[] = [];
  const result = await store.retention.apply(keep, {
    exportDay: async (_day, segments) => {
      for await (const { runId } of segments) exported.push(runId);
    },
  });
  expect([result?.rewritten.map(({ day }) => day), result?.dropped.map(({ day }) => day)]).toEqual([
    ["2026-03-08"],
    ["2026-03-09"],
  ]);
  expect(exported).toEqual([]);
  expect(await count("journal")).toBe(3);
  expect(await count("erasures")).toBe(0);
  expect(result?.forgotten.deduplications).toBe(2);
  for (const { runId } of [erased, alone]) expect(await store.journal.readRun(runId)).toEqual([]);
  for (const { runId, projectId: owner } of [kept, going, others])
    expect(await store.journal.readRun(runId, { projectId: owner })).toHaveLength(1);
  await end(going);
  expect(await store.journal.readRun(going.runId)).toHaveLength(2);
  expect((await store.retention.plan(keep)).days).toEqual([]);
});

it("leaves erased runs of a young day alone until it is over", async () => {
  await store.ensurePartitions(new Date(), new Date());
  const row = segmentRow(random, { at: TODAY, status: "succeeded" });
  await store.journal.append(token, [row]);
  expect(await store.journal.eraseRun(row.projectId, row.runId)).toBe("erased");
  const result = await store.retention.apply({ now: new Date(), days: null });
  expect(result).toMatchObject({ days: [], dropped: [], rewritten: [] });
  expect(await store.journal.readRun(row.runId, { projectId: row.projectId })).toEqual([]);
  expect(await store.journal.readRun(row.runId)).toHaveLength(1);
});
