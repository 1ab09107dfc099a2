import { Run, runIdFloor, type Micros } from "@meshhook/core";
import { expect, it } from "vitest";

import { definitionOf, delay, planOf } from "../test/harness.ts";
import { LiveRun } from "./live-run.ts";
import { Shard } from "./shard.ts";

const NIL = "00000000-0000-0000-0000-000000000000";
const RUN_ID = "019ab2f0-4c00-7000-8000-00000000000a";
const AT: Micros = 1_795_478_400_000_000;

function shardWithOneRun(): { readonly shard: Shard; readonly live: LiveRun } {
  const shard = new Shard({
    shard: 0,
    epoch: 1,
    watermark: { shard: 0, lowRunId: NIL, timersFrom: 0, signalsAfter: NIL },
  });
  const run = new Run(planOf(definitionOf({ pause: delay(60_000) })), RUN_ID);
  const live = new LiveRun({ shard: 0, projectId: NIL, workflowId: NIL, versionId: NIL }, run, 0);
  live.record({ kind: "delivery", at: AT, headers: {}, query: {}, body: {} });
  shard.live.add(live);
  return { shard, live };
}

it("holds its watermark back to a timer whose row is in flight: nobody knows whether it is stored", () => {
  const { shard, live } = shardWithOneRun();
  // Timers were read up to a time that is later than the one in the row.
  shard.timersUntil = AT + 90_000_000;
  live.send("[]", AT + 60_000_000, 0);
  expect(shard.watermark(AT / 1_000 + 10_000)).toMatchObject({ timersFrom: AT + 60_000_000, lowRunId: RUN_ID });
  live.settleSent();
  expect(shard.watermark(AT / 1_000 + 10_000).timersFrom).toBe(AT + 90_000_000);
});

it("holds its watermark back to the timer of a run that was loaded by its id before the timer was read", () => {
  const { shard } = shardWithOneRun();
  shard.away.set("another", null);
  shard.timersUntil = AT + 90_000_000;
  shard.noteTimer(RUN_ID, AT + 70_000_000);
  shard.noteTimer("another", AT + 60_000_000);
  const lowMs = AT / 1_000 + 10_000;
  expect(shard.watermark(lowMs)).toMatchObject({ timersFrom: AT + 60_000_000, lowRunId: runIdFloor(lowMs) });
});

it("tells a read how often runs had left memory when it began, while an earlier read still counts", async () => {
  const { shard, live } = shardWithOneRun();
  let end = (): void => undefined;
  const earlier = shard.during(() => new Promise<void>((resolve) => (end = resolve)));
  expect(shard.leavesSoFar().get(RUN_ID)).toBeUndefined();
  shard.remove(live);
  // What left before a read began is in what it reads; only what leaves from now on is not.
  const left = await shard.during(() => Promise.resolve(shard.leavesSoFar()));
  expect(left.get(RUN_ID)).toBe(shard.leaves(RUN_ID));
  end();
  await earlier;
  expect(shard.leavesSoFar().size).toBe(0);
});

it("lets new ids begin after the time of the watermark, which may be a run of that time", () => {
  const lowRunId = "019ab2f0-4c00-7001-8000-b3da347bc8ab";
  const shard = new Shard({ shard: 0, epoch: 1, watermark: { shard: 0, lowRunId, timersFrom: 0, signalsAfter: NIL } });
  expect(runIdFloor(shard.lowMs) > lowRunId).toBe(true);
});
