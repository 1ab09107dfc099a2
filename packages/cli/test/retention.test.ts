import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { openPostgresStore } from "@meshhook/journal";
import { nextSegmentRow, SeededRandom, segmentRow, temporaryDatabase } from "@meshhook/testkit";
import { runCli } from "@meshhook/testkit/process";
import { afterEach, expect, test, vi } from "vitest";

vi.setConfig({ testTimeout: 60_000 });

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const A_YEAR_AHEAD = `const Real = Date; const now = () => Real.now() + 400 * 86_400_000;
globalThis.Date = class extends Real { constructor(...given) { super(...(given.length ? given : [now()])); } static now() { return now(); } };`;

test("old runs are listed, exported and removed from the command line, and a day with an unfinished run stays", async () => {
  const directory = await mkdtemp("/tmp/meshhook-retention-");
  closers.push(() => rm(directory, { recursive: true, force: true }));
  const database = await temporaryDatabase();
  closers.push(() => database.drop());
  const store = openPostgresStore({ connectionString: database.url });
  closers.push(() => store.close());
  await store.ensurePartitions(new Date("2026-03-07"), new Date("2026-03-08"));
  const token = await store.journal.join("test");
  await store.journal.claimShards(token, 64);
  const random = new SeededRandom(5);
  const [done, open] = [7, 8].map((day) => segmentRow(random, { at: Date.UTC(2026, 2, day, 12) * 1_000 }));
  if (done === undefined || open === undefined) throw new Error("there are two");
  await store.journal.append(token, [done, open]);
  await store.journal.append(token, [nextSegmentRow(done, { status: "succeeded" })]);
  const environment = { DATABASE_URL: database.url, MESHHOOK_DATA_DIR: join(directory, "data") };

  // The days are counted by the database, whatever this process takes for now.
  const ahead = `data:text/javascript,${encodeURIComponent(A_YEAR_AHEAD)}`;
  const before = Date.now();
  const dry = await runCli(["retention", "--dry-run"], { ...environment, NODE_OPTIONS: `--import ${ahead}` });
  const days = [before, Date.now()].map((now) => new Date(now - 30 * 86_400_000).toISOString().slice(0, 10));
  expect(days).toContain(/^Runs that started on (\S+) \(UTC\)/m.exec(dry.stdout)?.[1]);
  expect(dry.stdout).toMatch(/^2026-03-07 {2}1 runs {2}[\d.]+ MB {2}would be removed$/m);
  expect(dry.stdout).toContain(`stays: 1 unfinished, the oldest is ${open.runId}`);

  const exports = join(directory, "exports");
  const removed = await runCli(["retention", "--retention-export-dir", exports], environment);
  expect([removed.code, removed.stdout]).toEqual([0, expect.stringMatching(/^2026-03-07 .* removed$/m)]);
  expect(await store.journal.readRun(done.runId)).toEqual([]);
  expect(await store.journal.readRun(open.runId)).toHaveLength(1);
  expect(await readdir(exports)).toEqual(["runs-2026-03-07.ndjson.gz"]);
  const lines = gunzipSync(await readFile(join(exports, "runs-2026-03-07.ndjson.gz")))
    .toString()
    .trimEnd()
    .split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { runId: done.runId, seq: 0, at: "2026-03-07T12:00:00.000000Z", status: null, facts: [{ kind: "delivery" }] },
    { runId: done.runId, seq: 1, status: "succeeded", facts: [{ kind: "timer" }] },
  ]);
});
