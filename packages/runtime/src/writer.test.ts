import { Run } from "@meshhook/core";
import type { AppendOutcome, SegmentRow } from "@meshhook/journal";
import { FakeClock } from "@meshhook/testkit";
import { expect, it } from "vitest";

import { definitionOf, delay, planOf } from "../test/harness.ts";
import { LiveRun } from "./live-run.ts";
import { Writer } from "./writer.ts";

const NIL = "00000000-0000-0000-0000-000000000000";
const PLAN = planOf(definitionOf({ pause: delay(60_000) }));

function newRun(index = 0): LiveRun {
  const run = new Run(PLAN, `019ab2f0-4c00-7000-8000-${String(index).padStart(12, "0")}`);
  const live = new LiveRun({ shard: 0, projectId: NIL, workflowId: NIL, versionId: NIL }, run, 0);
  live.record({ kind: "delivery", at: 1_795_478_400_000_000, headers: {}, query: {}, body: {} });
  live.pendingBytes = 100;
  return live;
}

interface Append {
  readonly rows: readonly SegmentRow[];
  readonly answer: (outcomes: readonly AppendOutcome[]) => Promise<void>;
  /** A library may fail with anything. */
  readonly fail: (error: unknown) => Promise<void>;
}

/** A writer whose appends are answered by hand, and what it says. */
function watchedWriter(
  more: { readonly writers?: number; readonly batchRowsMax?: number; readonly batchBytesMax?: number } = {},
): {
  readonly writer: Writer;
  readonly clock: FakeClock;
  readonly appends: Append[];
  readonly said: unknown[];
} {
  const clock = new FakeClock();
  const appends: Append[] = [];
  const said: unknown[] = [];
  const writer = new Writer("token", {
    clock,
    writers: 1,
    batchRowsMax: 100,
    batchBytesMax: 1_000_000,
    ...more,
    rowOf: (live) => (live.pendingFacts.length === 0 ? null : live.send("[]", null, 0)),
    append: (_token, rows) =>
      new Promise((resolve, reject) => {
        appends.push({
          rows,
          answer: async (outcomes) => {
            resolve(outcomes);
            await afterwards();
          },
          fail: async (error) => {
            // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- that is what is tested
            reject(error);
            await afterwards();
          },
        });
      }),
    onSettled: (batch, _rows, outcomes) => {
      for (const live of batch) live.settleSent();
      said.push(["settled", batch.length, outcomes.length]);
    },
    onFailed: (batch, error) => said.push(["failed", batch.length, error.message]),
    onLate: (batch, outcomes) =>
      said.push(["late", batch.length, outcomes instanceof Error ? outcomes.message : outcomes]),
    onBatch: () => undefined,
  });
  return { writer, clock, appends, said };
}

/** What follows from an answer has happened then. */
function afterwards(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

const APPENDED: AppendOutcome = { kind: "appended" };

it("sends what has collected as soon as the batch before is answered, never more than a batch holds", async () => {
  const { writer, clock, appends, said } = watchedWriter({ batchRowsMax: 2 });
  const lives = [0, 1, 2, 3, 4].map(newRun);
  for (const live of lives.slice(0, 3)) writer.enqueue(live);
  expect([writer.queuedRows, writer.queuedBytes, writer.isIdle, appends.length]).toEqual([3, 300, false, 0]);
  clock.advance(0);
  expect([writer.queuedRows, writer.queuedBytes]).toEqual([1, 100]);
  for (const live of lives) writer.enqueue(live);
  clock.advance(0);
  expect(appends.map(({ rows }) => rows.length)).toEqual([2]);
  await appends[0]?.answer([APPENDED, APPENDED]);
  await appends[1]?.answer([APPENDED, APPENDED]);
  await appends[2]?.answer([APPENDED]);
  expect(appends.map(({ rows }) => rows.length)).toEqual([2, 2, 1]);
  expect(said).toEqual([
    ["settled", 2, 2],
    ["settled", 2, 2],
    ["settled", 1, 1],
  ]);
  expect([writer.isIdle, writer.queuedBytes, writer.batches]).toEqual([true, 0, 3]);
});

it("bounds a batch in bytes, and several batches are on the way at the same time", () => {
  const { writer, clock, appends } = watchedWriter({ batchBytesMax: 2, writers: 2 });
  for (const index of [0, 1, 2]) writer.enqueue(newRun(index));
  clock.advance(0);
  expect(appends.map(({ rows }) => rows.length)).toEqual([1, 1]);
  expect(writer.queuedRows).toBe(1);
});

it("leaves out runs that have left memory, and those with nothing to write", () => {
  const { writer, clock, appends } = watchedWriter();
  const [gone, written] = [newRun(0), newRun(1)];
  for (const live of [gone, written]) writer.enqueue(live);
  gone.stage = "gone";
  written.pendingFacts = [];
  clock.advance(0);
  expect([appends.length, writer.isIdle, writer.queuedBytes]).toEqual([0, true, 0]);
  writer.enqueue(gone);
  expect(writer.queuedRows).toBe(0);
});

it("does not keep what it has sent, however long its queue is", () => {
  const { writer, clock, appends } = watchedWriter({ batchRowsMax: 4_097 });
  for (let index = 0; index < 5_000; index++) writer.enqueue(newRun(index));
  clock.advance(0);
  expect([appends[0]?.rows.length, writer.queuedRows, writer.queuedBytes]).toEqual([4_097, 903, 90_300]);
});

it("stops when an append fails, whatever it fails with", async () => {
  for (const error of [new Error("away"), "away"]) {
    const { writer, clock, appends, said } = watchedWriter();
    for (const index of [0, 1]) writer.enqueue(newRun(index));
    clock.advance(0);
    await appends[0]?.fail(error);
    expect(said).toEqual([["failed", 2, "away"]]);
    const later = newRun(2);
    writer.enqueue(later);
    clock.advance(20_000);
    expect([later.stage, writer.isIdle, said.length]).toEqual(["resting", true, 1]);
  }
});

it("tells what became of a batch that was on the way when it stopped: its outcomes, an error, or that nobody knows", async () => {
  const { writer, clock, appends, said } = watchedWriter({ batchRowsMax: 1, writers: 3 });
  for (const index of [0, 1, 2]) writer.enqueue(newRun(index));
  clock.advance(0);
  writer.enqueue(newRun(3));
  writer.stop();
  writer.stop();
  expect(writer.queuedRows).toBe(0);
  await appends[0]?.answer([APPENDED]);
  await appends[1]?.fail(new Error("away"));
  clock.advance(10_000);
  expect(said).toEqual([
    ["late", 1, [APPENDED]],
    ["late", 1, "away"],
    ["late", 1, null],
  ]);
  clock.advance(20_000);
  expect(appends).toHaveLength(3);
});
