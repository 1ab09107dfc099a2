import { decodeFacts, Run, shardOfRunId } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { inMemory, onPostgres, start as startBench, status, target, type Bench } from "./bench.ts";
import { call, definitionOf, delay, planOf, transform, until } from "./harness.ts";

const approval = (config: object = {}) => ({ type: "wait_for_signal@1", config: { name: "approve", ...config } });
const APPROVAL = definitionOf({ approval: approval(), after: transform("nodes.approval.output.payload") });

const withTimeout = (node: ReturnType<typeof call>, timeoutMs: number): ReturnType<typeof call> =>
  Object.assign({ timeoutMs }, node);

async function outputs(bench: Bench, definition: unknown, runId: string): Promise<{ [node: string]: unknown }> {
  const run = new Run(planOf(definition), runId);
  for (const { seq, facts } of await bench.store.journal.readRun(runId))
    for (const fact of decodeFacts(facts)) run.apply(fact, seq);
  return Object.fromEntries(run.steps.map(({ node, output }) => [node, output]));
}

const send = (bench: Bench, runId: string, payload: unknown, key?: string): Promise<string> =>
  bench.runtime.signal(bench.projectId, runId, {
    name: "approve",
    payload: JSON.stringify(payload),
    ...(key === undefined ? {} : { key }),
  });

describe.each([inMemory, onPostgres])("a run that waits for a signal, $name", (kind) => {
  const start = (options: Parameters<typeof startBench>[0] = {}): Promise<Bench> => startBench({ kind, ...options });

  it("leaves memory, goes on when the signal comes, and takes a repeated one once", async () => {
    const bench = await start();
    const runId = await bench.accept(await bench.publish(APPROVAL));
    await until("it has left memory", () => bench.runtime.stats().runsLive === 0);
    expect(await send(bench, runId, { by: "Ann" }, "mail-1")).toBe("accepted");
    await until("it has ended", async () => (await status(bench.store, runId)) === "succeeded");
    expect((await outputs(bench, APPROVAL, runId))["after"]).toEqual({ by: "Ann" });
    expect(await send(bench, runId, { by: "Ann" }, "mail-2")).toBe("finished");
    expect(await send(bench, runId, { by: "Ann" }, "mail-1")).toBe("repeated");
    expect(await bench.runtime.signal("00000000-0000-7000-8000-000000000000", runId, { name: "a", payload: "1" })).toBe(
      "not_found",
    );
  });

  it("knows the repeats of a sender, and keeps what comes early", async () => {
    const bench = await start();
    const definition = definitionOf({ pause: delay(300), first: approval(), second: approval() });
    const runId = await bench.accept(await bench.publish(definition));
    const sent = [await send(bench, runId, 1, "a"), await send(bench, runId, 1, "a"), await send(bench, runId, 2)];
    expect(sent).toEqual(["accepted", "repeated", "accepted"]);
    await until("it has ended", async () => (await status(bench.store, runId)) === "succeeded");
    expect(await outputs(bench, definition, runId)).toMatchObject({ first: { payload: 1 }, second: { payload: 2 } });
  });

  it("is found by the next owner after it was woken early and its owner died in the middle of a call", async () => {
    const store = await kind.open();
    let answers = false;
    const slow = await target((_call, response) => {
      if (answers) response.end("done");
    });
    const definition = definitionOf({ approval: approval(), tell: call(`${slow.url}/`) });
    const one = await start({ store, allow: [slow.host] });
    const runId = await one.accept(await one.publish(definition));
    await until("it has left memory", () => one.runtime.stats().runsLive === 0);
    await send(one, runId, null);
    await until("the call is under way", () => slow.calls.length === 1);
    // Everything that it stored up to now stays: a clean end would give the shards back with the latest watermarks.
    one.gate.goAway();
    answers = true;
    const two = await start({ store, allow: [slow.host] });
    await until("it has ended", async () => (await status(two.store, runId)) === "succeeded");
    expect(slow.calls).toHaveLength(2);
  });

  it("is woken by a signal that its dead owner never read", async () => {
    const store = await kind.open();
    const one = await start({ store });
    const runId = await one.accept(await one.publish(APPROVAL));
    await until("it has left memory", () => one.runtime.stats().runsLive === 0);
    one.gate.goAway();
    await store.journal.sendSignal({
      shard: shardOfRunId(runId),
      runId,
      projectId: one.projectId,
      kind: "signal",
      name: "approve",
      payload: '"yes"',
    });
    await start({ store });
    await until("it has ended", async () => (await status(store, runId)) === "succeeded");
  });

  it("continues at its timeout when no signal comes, also after a takeover", async () => {
    const store = await kind.open();
    const definition = definitionOf({ approval: approval({ timeoutMs: 400 }), late: transform("now") }, [
      { from: "hook", to: "approval" },
      { from: "approval", port: "timeout", to: "late" },
    ]);
    const one = await start({ store });
    const version = await one.publish(definition);
    const runId = await one.accept(version);
    await one.runtime.drain(0);
    await start({ store });
    await until("it has ended", async () => (await status(store, runId)) === "succeeded");
    expect(await one.factKinds(runId)).toEqual([["delivery"], ["timeout"]]);
  });
});

describe("a timeout", () => {
  it("ends a call that is under way, with its connection, and the run goes on", async () => {
    let closed = 0;
    const silent = await target((_call, response) => {
      response.on("close", () => closed++);
    });
    const definition = definitionOf(
      { slow: withTimeout(call(`${silent.url}/`), 200), sorry: transform("nodes.slow.output.error.code") },
      [
        { from: "hook", to: "slow" },
        { from: "slow", port: "error", to: "sorry" },
      ],
    );
    const bench = await startBench({ allow: [silent.host] });
    const runId = await bench.accept(await bench.publish(definition));
    await until("it has ended", async () => (await status(bench.store, runId)) === "succeeded");
    expect((await outputs(bench, definition, runId))["sorry"]).toBe("step_timeout");
    await until("the call is given up", () => closed === 1 && bench.runtime.stats().callsInFlight === 0);
  });

  it("takes a call out of the line in front of its target, wherever it stands there", async () => {
    const open: (() => void)[] = [];
    const slow = await target((_call, response) => void open.push(() => response.end("{}")));
    const limits = { limits: { concurrency: 1 } };
    const bench = await startBench({ allow: [slow.host] });
    const patient = await bench.publish(definitionOf({ send: call(`${slow.url}/patient`, limits) }));
    const hasty = await bench.publish(definitionOf({ send: withTimeout(call(`${slow.url}/hasty`, limits), 100) }));
    await bench.accept(patient);
    await until("the first call is out", () => open.length === 1);
    const runIds = [await bench.accept(hasty), await bench.accept(hasty)];
    const wait = { kind: "target_slot", origin: slow.url, until: null };
    await until("both wait", () => runIds.every((runId) => bench.runtime.callWaitsOf(runId).size === 1));
    for (const runId of runIds) expect([...bench.runtime.callWaitsOf(runId)]).toEqual([["send", wait]]);
    await until("both have failed", async () =>
      (await Promise.all(runIds.map((runId) => status(bench.store, runId)))).every((ended) => ended === "failed"),
    );
    const last = await bench.accept(patient);
    open.shift()?.();
    await until("the last call is out", () => open.length === 1);
    expect(slow.calls.map(({ path }) => path)).toEqual(["/patient", "/patient"]);
    expect(bench.runtime.callWaitsOf(last).size).toBe(0);
    open.shift()?.();
  });

  it("of a run outlives its owner and its stay outside memory", async () => {
    const store = await inMemory.open();
    const definition = { ...(APPROVAL as object), timeoutMs: 500 };
    const one = await startBench({ store, limits: { memoryHorizonMs: 50 } });
    const runId = await one.accept(await one.publish(definition));
    await until("it has left memory", () => one.runtime.stats().runsLive === 0);
    await one.runtime.drain(0);
    await startBench({ store, limits: { memoryHorizonMs: 50 } });
    await until("it has ended", async () => (await status(store, runId)) === "failed");
    expect(await one.factKinds(runId)).toEqual([["delivery"], ["timeout"]]);
  });
});
