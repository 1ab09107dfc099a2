import { expect, test } from "vitest";
import type { DatabaseMoment } from "../timeline/database-timeline.ts";
import { evidenceFrom, notWatched } from "./evidence.ts";
import type { TailSources } from "./evidence.ts";

const NOTHING: TailSources = { faults: [], probe: null, host: null, database: null, witness: null };

function moment(askedMs: number, changes: Partial<DatabaseMoment> = {}): DatabaseMoment {
  return {
    askedUs: askedMs * 1_000,
    answeredUs: askedMs * 1_000 + 400,
    waits: {},
    checkpointer: null,
    checkpoints: 7,
    vacuums: 0,
    ...changes,
  };
}

function causesIn(database: readonly DatabaseMoment[]): readonly string[] {
  return evidenceFrom({ ...NOTHING, database }).map(({ cause }) => cause);
}

test("what was not watched is named", () => {
  expect(notWatched(NOTHING)).toEqual([
    "MeshHook's garbage collector and event loop",
    "PostgreSQL's processes",
    "the machine's CPU",
    "the database's disk",
  ]);
  expect(notWatched({ ...NOTHING, probe: { collections: [], busy: [], seconds: [] }, host: [], database: [] })).toEqual(
    ["the database's disk"],
  );
});

test.each([
  ["IO:WalSync", "wal-flush"],
  ["IO:WALSync", "wal-flush"],
  ["LWLock:WALWrite", "wal-flush"],
  ["IO:WalInitSync", "wal-file"],
  ["IO:WALInitWrite", "wal-file"],
  ["Lock:transactionid", "lock"],
  ["LWLock:BufferContent", "database"],
  ["CPU", "database"],
])("a backend that waits for %s is a case of %s", (event, cause) => {
  expect(causesIn([moment(0), moment(50, { waits: { [event]: 2 } }), moment(100)])).toEqual([cause]);
});

test("a backend that waits for its client is not at work", () => {
  expect(causesIn([moment(50, { waits: { "Client:ClientRead": 4 } })])).toEqual([]);
});

test("a sample stands for the time halfway to its neighbours, and for 50 ms at most where there are none nearby", () => {
  const [near] = evidenceFrom({ ...NOTHING, database: [moment(0), moment(50, { vacuums: 1 }), moment(100)] });
  expect(near).toMatchObject({ fromUs: 25_200, untilUs: 75_200 });
  const [far] = evidenceFrom({ ...NOTHING, database: [moment(0), moment(5_000, { vacuums: 1 }), moment(10_000)] });
  expect(far).toMatchObject({ fromUs: 4_950_000, untilUs: 5_050_400 });
});

test("a checkpoint counts while it works, not while it sleeps, and also when it fell between two samples", () => {
  expect(causesIn([moment(0, { checkpointer: "IO:DataFileSync" })])).toEqual(["checkpoint"]);
  expect(causesIn([moment(0, { checkpointer: "Timeout:CheckpointWriteDelay" })])).toEqual([]);
  const [between] = evidenceFrom({ ...NOTHING, database: [moment(0), moment(50, { checkpoints: 8 })] });
  expect(between).toMatchObject({ cause: "checkpoint", fromUs: 400 });
});

test("a flush is slow against the median of its own disk", () => {
  const flushes = (ms: number) =>
    Array.from({ length: 20 }, (_, n) => ({
      fromUs: n * 100_000,
      untilUs: n * 100_000 + (n === 10 ? 60_000 : ms * 1_000),
    }));
  const diskOf = (ms: number) =>
    evidenceFrom({
      ...NOTHING,
      witness: { stalls: [], flushes: flushes(ms), flushMsP50: ms, flushMsMax: 60, timerLateMsP99: 1 },
    }).filter(({ cause }) => cause === "disk");
  expect(diskOf(0.3)).toMatchObject([{ fromUs: 1_000_000, untilUs: 1_060_000 }]);
  expect(diskOf(25)).toEqual([]);
});

test("a busy stretch is a matter of the CPU for as long as the thread was ready to run, and of the code for the rest", () => {
  const stretch = { kind: "busy", fromUs: 0, untilUs: 40_000, lateUs: 20_000, cpuUs: 8_000, waitedUs: 30_000 } as const;
  expect(evidenceFrom({ ...NOTHING, probe: { collections: [], busy: [stretch], seconds: [] } })).toMatchObject([
    { cause: "cpu", fromUs: 0, weight: 0.75, what: "MeshHook" },
    { cause: "event-loop", fromUs: 0, weight: 0.2 },
    { cause: "event-loop", fromUs: 20_000, weight: 1 },
  ]);
});
