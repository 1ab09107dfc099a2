import { randomUUID as uuid } from "node:crypto";

import { shardOfRunId } from "@meshhook/core";
import { openPostgresStore } from "@meshhook/journal";
import { temporaryDatabase } from "@meshhook/testkit";
import { describe, expect, it, onTestFinished } from "vitest";

import type { Logger } from "../src/index.ts";
import { haveSucceeded, inMemory, leaveRuns, onPostgres, start as startBench, status, type Bench } from "./bench.ts";
import { definitionOf, delay, Gate, silent, transform, until } from "./harness.ts";

const WAITING = definitionOf({ pause: delay(3_000), after: transform("now") });
const PURE = definitionOf({ copy: transform("input") });
/** More than a takeover folds without noting it. */
const LARGE = { note: "x".repeat(200_000) };
const THIRTY = Array.from({ length: 30 }, (_, n) => ({ n }));

describe.each([inMemory, onPostgres])("a takeover, $name", (kind) => {
  const start = (options: Parameters<typeof startBench>[0] = {}): Promise<Bench> => startBench({ kind, ...options });

  it("accepts webhooks before the old runs have been read, and loses neither", async () => {
    const store = await kind.open();
    const { version, runIds: old } = await leaveRuns(store, WAITING, THIRTY, { kind });
    const gate = new Gate(store.journal);
    gate.holdReads();
    const two = await start({ store, gate });
    const pure = await two.publish(PURE);
    const early = await Promise.all(Array.from({ length: 30 }, () => two.accept(version)));
    expect(await two.accept(pure)).toBeDefined();
    expect(two.runtime.stats().shardsRecovering).toBe(64);
    // A watermark stored now would skip what has not been read.
    gate.releaseReads();
    await until("all shards are read", () => two.runtime.stats().shardsRecovering === 0);
    await until("all runs ended", () => haveSucceeded(store, [...old, ...early]));
  });

  it("that ends before the old runs are read leaves them to the next owner", async () => {
    const store = await kind.open();
    const { runIds: old } = await leaveRuns(store, WAITING, THIRTY, { kind });
    const gate = new Gate(store.journal);
    gate.holdReads();
    const two = await start({ store, gate });
    const pure = await two.publish(PURE);
    for (let n = 0; n < 64; n++) await two.accept(pure);
    await two.runtime.drain(0);
    gate.releaseReads();
    await start({ store });
    await until("all runs ended", () => haveSucceeded(store, old));
  });

  it("sets aside a run that two owners did not survive, names it, and continues with all others", async () => {
    const store = await kind.open();
    const [poison = "", other = ""] = (await leaveRuns(store, WAITING, [LARGE, LARGE], { kind })).runIds;
    const shard = shardOfRunId(poison);
    // The state after two owners ended while they folded the run.
    await store.journal.raiseSuspects(shard, [poison]);
    await store.journal.raiseSuspects(shard, [poison]);
    const errors: object[] = [];
    const log: Logger = { ...silent, error: (details) => void errors.push(details) };
    const two = await start({ store, log });
    await until("the other run ended", async () => (await status(store, other)) === "succeeded");
    expect(two.runtime.stats().runsSetAside).toBe(1);
    expect(errors).toMatchObject([{ runId: poison, attempts: 2 }]);
    expect(await two.runtime.cancel(two.projectId, poison, "")).toBe("accepted");

    // The next owner sets it aside as well, and does not lose requests that arrived in the meantime.
    await two.runtime.drain(0);
    const three = await start({ store });
    await until("it is set aside again", () => three.runtime.stats().runsSetAside === 1);
    expect(await status(store, poison)).toBeNull();
    expect(await three.runtime.listSetAside(three.projectId)).toMatchObject([{ runId: poison, attempts: 2 }]);
    expect(await three.runtime.release(uuid(), poison)).toBe("not_found");
    expect(await three.runtime.release(three.projectId, other)).toBe("not_set_aside");
    expect(await three.runtime.release(three.projectId, poison)).toBe("released");
    expect(await three.runtime.listSetAside(three.projectId)).toEqual([]);
    await until("the released run is canceled", async () => (await status(store, poison)) === "canceled");
    expect(three.runtime.stats().runsSetAside).toBe(0);
  });

  it("folds a large run that one owner did not survive once more, and forgets the suspicion on success", async () => {
    const store = await kind.open();
    const [runId = ""] = (await leaveRuns(store, WAITING, [LARGE], { kind })).runIds;
    const shard = shardOfRunId(runId);
    await store.journal.raiseSuspects(shard, [runId]);
    await start({ store });
    await until("it is no longer a suspect", async () => (await store.journal.readSuspects([shard])).length === 0);
    await until("the run ended", async () => (await status(store, runId)) === "succeeded");
  });

  it("notes a large run while it folds it", async () => {
    const store = await kind.open();
    const [runId = ""] = (await leaveRuns(store, WAITING, [LARGE], { kind })).runIds;
    const shard = shardOfRunId(runId);
    const gate = new Gate(store.journal);
    // The owner ends before it can note that it has folded the run.
    gate.journal.clearSuspects = () => Promise.resolve();
    await start({ store, gate });
    await until("it is noted", async () => (await store.journal.readSuspects([shard])).length === 1);
    expect(await store.journal.readSuspects([shard])).toMatchObject([{ shard, runId, attempts: 1 }]);
  });
});

describe("processes that join or leave", () => {
  it("are seen at once, not with the next heartbeat", async () => {
    const database = await temporaryDatabase();
    onTestFinished(() => database.drop());
    const beats = { leaseMs: 300_000, heartbeatMs: 100_000 };
    const store = openPostgresStore({ connectionString: database.url, leaseMs: beats.leaseMs });
    onTestFinished(() => store.close());
    const one = await startBench({ store, limits: beats });
    const two = await startBench({ store, limits: beats });
    await until("the shards are divided", () => two.runtime.stats().shardsOwned === 32);
    await two.runtime.drain(0);
    await until("the first has all of them again", () => one.runtime.stats().shardsOwned === 64);
  });

  it("have dropped their runs before they give their shards back, so that nothing of them starts after that", async () => {
    const one = await startBench();
    const { leave } = one.gate.journal;
    let ownedWhenLeaving = -1;
    one.gate.journal.leave = (token) => {
      ownedWhenLeaving = one.runtime.stats().shardsOwned;
      return leave(token);
    };
    await one.runtime.drain(0);
    expect(ownedWhenLeaving).toBe(0);
  });

  it("get shards as soon as the owners notice them, however busy those are", async () => {
    const store = await inMemory.open();
    const beats = { heartbeatMs: 50, leaseMs: 5_000 };
    const one = await startBench({ store, limits: beats });
    const version = await one.publish(definitionOf({ pause: delay(60_000) }));
    await Promise.all(Array.from({ length: 500 }, () => one.accept(version)));
    const startedMs = performance.now();
    const two = await startBench({ store, limits: beats });
    // Each of the first owner's shards has waiting runs; one shard goes after a second, not only when a lease would have ended.
    expect(performance.now() - startedMs).toBeLessThan(beats.leaseMs);
    expect(two.runtime.isReady).toBe(true);
  });
});
