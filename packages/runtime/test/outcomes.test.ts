import { JournalUnavailable } from "@meshhook/journal";
import { describe, expect, it } from "vitest";

import { inMemory, onPostgres, start as startBench, status, target, type Bench } from "./bench.ts";
import { call, definitionOf, delay, Gate, transform, until } from "./harness.ts";
import { answerJson } from "./target.ts";

const PURE = definitionOf({ copy: transform("input") });

describe.each([inMemory, onPostgres])("the answer to a delivery, $name", (kind) => {
  const start = (options: Parameters<typeof startBench>[0] = {}): Promise<Bench> => startBench({ kind, ...options });

  it("says whether it was stored or never sent when ownership is lost on the way", async () => {
    const bench = await start({ limits: { writers: 1, batchRowsMax: 1 } });
    const version = await bench.publish(PURE);
    bench.gate.hold();
    const sent = bench.deliver(version);
    await until("the first is on its way", () => bench.gate.heldAppends === 1);
    const queued = bench.deliver(version);
    bench.gate.loseHeartbeats();
    expect(await queued).toMatchObject({ kind: "unavailable" });
    bench.gate.release();
    // Another owner may have the shard by now; then the row was refused. Either way the answer is true.
    const outcome = await sent;
    expect(["accepted", "unavailable"]).toContain(outcome.kind);
    const runs = await bench.store.journal.listRuns({ projectId: bench.projectId, limit: 10 });
    expect(runs.map(({ runId }) => runId)).toEqual(outcome.kind === "accepted" ? [outcome.runId] : []);
  });

  it("does not depend on a heartbeat that fails: ownership holds as long as the lease", async () => {
    const bench = await start();
    const { takeovers } = bench.runtime.stats().totals;
    bench.gate.failHeartbeats(2);
    await until("two heartbeats have failed", () => bench.gate.beatsToFail === 0);
    const { beats } = bench.gate;
    await until("the next one has succeeded", () => bench.gate.beats > beats);
    expect(await bench.deliver(await bench.publish(PURE))).toMatchObject({ kind: "accepted" });
    expect(bench.runtime.stats().totals.takeovers).toBe(takeovers);
  });

  it("says that it is unknown, and for which run, when the database may have stored it but does not answer", async () => {
    const store = await kind.open();
    const gate = new Gate(store.journal);
    let failure: JournalUnavailable | null = null;
    const inner = gate.journal.append;
    gate.journal.append = async (token, rows) => {
      if (failure === null) return inner(token, rows);
      if (failure.mayHaveCommitted) await inner(token, rows);
      throw failure;
    };
    const bench = await start({ store, gate });
    const version = await bench.publish(PURE);

    failure = new JournalUnavailable("cut off after the commit", { mayHaveCommitted: true });
    const unknown = await bench.deliver(version);
    if (unknown.kind !== "unknown") throw new Error(`not unknown: ${JSON.stringify(unknown)}`);
    expect(await status(store, unknown.runId)).toBe("succeeded");

    await until("ready again", () => bench.runtime.isReady);
    failure = new JournalUnavailable("never reached the database");
    expect(await bench.deliver(version)).toMatchObject({ kind: "unavailable" });
    failure = null;
    await until("ready again", () => bench.runtime.isReady);
    expect(await bench.deliver(version)).toMatchObject({ kind: "accepted" });
    expect(await store.journal.listRuns({ projectId: bench.projectId, limit: 10 })).toHaveLength(2);
  });
});

describe.each([inMemory, onPostgres])("the result of a run, $name", (kind) => {
  const start = (options: Parameters<typeof startBench>[0] = {}): Promise<Bench> => startBench({ kind, ...options });

  it("can be awaited wherever the run is: ended, parked, or in another process", async () => {
    const crm = await target((_call, response) => setTimeout(() => answerJson(response, 200, { id: 7 }), 100));
    const store = await kind.open();
    const limits = { memoryHorizonMs: 100 };
    const one = await start({ store, limits, allow: [crm.host] });
    const output = (from: string) => ({ type: "terminate@1", config: { output: { $jmes: from } } });
    const pure = await one.accept(await one.publish(definitionOf({ end: output("input.n") })));
    const parked = await one.accept(await one.publish(definitionOf({ pause: delay(300), end: output("input.n") })));
    const called = await one.accept(
      await one.publish(definitionOf({ c: call(crm.url), end: output("nodes.c.output.body.id") })),
    );
    expect(one.runtime.stats().runsLive).toBe(1);
    const two = await start({ store, limits, allow: [crm.host] });
    for (const { runtime } of [one, two]) {
      expect(await runtime.waitForResult(pure, 0)).toMatchObject({ status: "succeeded", output: 1 });
      expect(await runtime.waitForResult(parked, 10_000)).toMatchObject({ status: "succeeded", output: 1 });
      expect(await runtime.waitForResult(called, 10_000)).toMatchObject({ status: "succeeded", output: 7 });
    }
    const waiting = await one.accept(await one.publish(definitionOf({ pause: delay(60_000) })));
    expect(await two.runtime.waitForResult(waiting, 50)).toBeNull();
    expect(await two.runtime.waitForResult("01890000-0000-7000-8000-000000000000", 50)).toBeNull();
  });
});
