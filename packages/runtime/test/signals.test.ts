import { decodeFacts, runIdFloor, shardOfRunId } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { inMemory, onPostgres, start as startBench, status, type Bench } from "./bench.ts";
import { definitionOf, delay, transform, until } from "./harness.ts";

const FOREVER = definitionOf({ pause: delay(3_600_000), after: transform("now") });
const IN_MEMORY = definitionOf({ pause: delay(60_000), after: transform("now") });

describe.each([inMemory, onPostgres])("an accepted cancel, $name", (kind) => {
  const start = (options: Parameters<typeof startBench>[0] = {}): Promise<Bench> => startBench({ kind, ...options });
  const isCanceled = async (bench: Bench, runId: string): Promise<boolean> =>
    (await status(bench.store, runId)) === "canceled";
  const areCanceled = async (bench: Bench, runIds: readonly string[]): Promise<boolean> =>
    (await Promise.all(runIds.map((runId) => isCanceled(bench, runId)))).every(Boolean);

  it("is carried out by the next owner when its owner dies before any of it is appended", async () => {
    const store = await kind.open();
    const one = await start({ store });
    const runId = await one.accept(await one.publish(IN_MEMORY));
    one.gate.hold();
    expect(await one.runtime.cancel(one.projectId, runId, "not needed")).toBe("accepted");
    one.gate.goAway();
    one.gate.release();
    const two = await start({ store });
    await until("the run is canceled", () => isCanceled(two, runId));
    const last = decodeFacts((await store.journal.readRun(runId)).at(-1)?.facts ?? "[]");
    expect(last).toMatchObject([{ kind: "cancel", reason: "not needed", signal: expect.any(String) }]);
  });

  it("reaches a run whose owner never saw the signal and died", async () => {
    const store = await kind.open();
    // Its heartbeats are so rare that it does not see the signal before it is cut off.
    const one = await start({ store, limits: { heartbeatMs: kind.leaseMs / 2 } });
    one.gate.isDeaf = true;
    const version = await one.publish(FOREVER);
    const runIds = await Promise.all(Array.from({ length: 20 }, () => one.accept(version)));
    for (const runId of runIds)
      await store.journal.sendSignal({ shard: shardOfRunId(runId), runId, projectId: one.projectId, kind: "cancel" });
    one.gate.goAway();
    const two = await start({ store });
    await until("all runs are canceled", () => areCanceled(two, runIds));
  });

  it("reaches a run of another process long before that process's next heartbeat", async () => {
    const one = await start({ limits: { leaseMs: 600_000, heartbeatMs: 300_000 } });
    const runId = await one.accept(await one.publish(IN_MEMORY));
    const shard = shardOfRunId(runId);
    await one.store.journal.sendSignal({ shard, runId, projectId: one.projectId, kind: "cancel" });
    await until("the run is canceled", () => isCanceled(one, runId));
  });

  it("reaches a run with a heartbeat if its owner is not notified at once", async () => {
    const one = await start();
    one.gate.isDeaf = true;
    const runId = await one.accept(await one.publish(IN_MEMORY));
    const shard = shardOfRunId(runId);
    await one.store.journal.sendSignal({ shard, runId, projectId: one.projectId, kind: "cancel" });
    await until("the run is canceled", () => isCanceled(one, runId));
  });

  it("is not lost when the process that accepted it loses ownership", async () => {
    const one = await start();
    const runId = await one.accept(await one.publish(IN_MEMORY));
    one.gate.hold();
    expect(await one.runtime.cancel(one.projectId, runId, "")).toBe("accepted");
    await until("the cancel is on its way", () => one.gate.heldAppends === 1);
    one.gate.goAway();
    one.gate.release();
    await until("ownership is given up", () => !one.runtime.isReady);
    one.gate.comeBack();
    await until("the run is canceled", () => isCanceled(one, runId));
  });

  it("is carried out while shards change hands", async () => {
    const store = await kind.open();
    const one = await start({ store });
    const parked = await one.publish(FOREVER);
    const live = await one.publish(IN_MEMORY);
    const runIds: string[] = [];
    for (const version of [parked, live])
      runIds.push(...(await Promise.all(Array.from({ length: 40 }, () => one.accept(version)))));
    const joining = start({ store });
    const canceling = (async () => {
      for (const runId of runIds) expect(await one.runtime.cancel(one.projectId, runId, "")).toBe("accepted");
    })();
    const two = await joining;
    await canceling;
    await until("all runs are canceled", () => areCanceled(two, runIds));
    await one.runtime.drain(0);
    expect(await one.runtime.cancel(one.projectId, runIds[0] ?? "", "")).toBe("finished");
  });

  it("is one of many, and each is carried out once", async () => {
    const one = await start();
    const version = await one.publish(FOREVER);
    const runIds: string[] = [];
    while (runIds.length < 1_000)
      runIds.push(...(await Promise.all(Array.from({ length: 100 }, () => one.accept(version)))));
    const signals = [...runIds, ...runIds.slice(0, 100)].map((runId) => ({
      shard: shardOfRunId(runId),
      runId,
      projectId: one.projectId,
      kind: "cancel" as const,
    }));
    while (signals.length > 0)
      await Promise.all(signals.splice(0, 100).map((signal) => one.store.journal.sendSignal(signal)));
    await until("all have ended", () => one.runtime.stats().totals.runsFinished.canceled === runIds.length);
    const facts = await Promise.all(
      runIds.map(async (runId) => (await one.store.journal.readRun(runId)).flatMap((row) => decodeFacts(row.facts))),
    );
    expect(facts.every((all) => all.filter(({ kind: what }) => what === "cancel").length === 1)).toBe(true);
  });

  it("is behind the watermark once it is carried out, so that it is not read again", async () => {
    const one = await start();
    const runId = await one.accept(await one.publish(IN_MEMORY));
    await one.runtime.cancel(one.projectId, runId, "");
    await until("the run is canceled", () => isCanceled(one, runId));
    await one.runtime.drain(1_000);
    const { journal } = one.store;
    const claimed = await journal.claimShards(await journal.join("reader"), 64);
    const shard = claimed.find((other) => other.shard === shardOfRunId(runId));
    if (shard === undefined) throw new Error("the shard was not given back");
    const { signalsAfter } = shard.watermark;
    expect(signalsAfter > runIdFloor(0)).toBe(true);
    expect(await journal.readSignals([{ shard: shard.shard, afterId: signalsAfter }], 10)).toEqual([]);
  });

  it("is not passed by the watermark before it is carried out", async () => {
    const store = await kind.open();
    const one = await start({ store });
    const runId = await one.accept(await one.publish(IN_MEMORY));
    one.gate.hold();
    await one.runtime.cancel(one.projectId, runId, "");
    await until("the cancel is on its way", () => one.gate.heldAppends === 1);
    await one.runtime.drain(0);
    const token = await store.journal.join("reader");
    const shard = (await store.journal.claimShards(token, 64)).find((other) => other.shard === shardOfRunId(runId));
    const found = await store.journal.readSignals(
      [{ shard: shardOfRunId(runId), afterId: shard?.watermark.signalsAfter ?? "" }],
      10,
    );
    expect(found.map((signal) => signal.runId)).toEqual([runId]);
    one.gate.release();
  });
});
