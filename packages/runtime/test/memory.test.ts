import { decodeFacts } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import {
  haveSucceeded,
  inMemory,
  leaveRuns,
  onPostgres,
  start as startBench,
  status,
  target,
  type Bench,
} from "./bench.ts";
import { call, definitionOf, delay, Gate, transform, until } from "./harness.ts";
import { answerJson } from "./target.ts";

/** 50 kB of text; a character outside Latin-1 doubles it in memory. */
const LARGE = { note: `€${"x".repeat(50_000)}` };
const LARGE_HEAP = 100_000;

it("does not remember all runs that are due much later when memory is short", async () => {
  const store = await inMemory.open();
  const body = { note: `€${"x".repeat(5_000)}` };
  const limits = { liveBytesMax: 100_000, readBytesMax: 5_000 };
  const bodies = Array.from({ length: 256 }, () => body);
  const definition = definitionOf({ pause: delay(60_000) });
  await leaveRuns(store, definition, bodies, { kind: inMemory, limits: { ...limits, memoryHorizonMs: 50 } });
  const gate = new Gate(store.journal);
  const { loadTimers } = gate.journal;
  let read = 0;
  gate.journal.loadTimers = async (query) => {
    const page = await loadTimers(query);
    read += page.length;
    return page;
  };
  const bench = await startBench({ store, gate, limits });
  await until("every shard is read", () => bench.runtime.stats().shardsRecovering === 0);
  // One for each of the 64 shards, and those that fit into memory.
  expect(read).toBeLessThan(160);
  expect(read).toBeGreaterThan(0);
});

it("has room for the runs of others, whatever one project waits for", async () => {
  const silent = await target(() => undefined);
  const quick = await target((_call, response) => answerJson(response, 200, {}));
  const bench = await startBench({ allow: [silent.host, quick.host], limits: { liveBytesMax: 8 * LARGE_HEAP } });
  const many = await bench.publish(definitionOf({ ask: call(silent.url) }));
  for (let n = 0; n < 12; n++) await bench.accept(many, LARGE);
  expect(bench.runtime.stats().runsLiveBytes).toBeGreaterThan(6 * LARGE_HEAP);
  const { id: projectId } = await bench.store.catalog.createProject({ slug: "other", name: "Other" });
  const other = await bench.publish(definitionOf({ ask: call(quick.url) }), "other", projectId);
  const runId = await bench.accept(other, LARGE);
  await until("the run of the other project has ended", async () => (await status(bench.store, runId)) === "succeeded");
});

describe.each([inMemory, onPostgres])("memory for runs, $name", (kind) => {
  const start = (options: Parameters<typeof startBench>[0] = {}): Promise<Bench> => startBench({ kind, ...options });
  const succeeded = ({ runtime }: Bench): number => runtime.stats().totals.runsFinished.succeeded;
  /** Delivers one after the other, and returns the most bytes that the runs took. */
  const deliverAll = async (bench: Bench, runs: number, definition: unknown) => {
    const version = await bench.publish(definition);
    const runIds: string[] = [];
    let bytesMax = 0;
    for (let n = 0; n < runs; n++) {
      runIds.push(await bench.accept(version, LARGE));
      bytesMax = Math.max(bytesMax, bench.runtime.stats().runsLiveBytes);
    }
    return { runIds, bytesMax };
  };

  it("is bounded in bytes when runs wait for a time: they leave it, and each continues on time", async () => {
    const liveBytesMax = 10 * LARGE_HEAP;
    const bench = await start({ limits: { liveBytesMax } });
    const { runIds, bytesMax } = await deliverAll(
      bench,
      60,
      definitionOf({ pause: delay(6_000), end: transform("now") }),
    );
    expect(bytesMax).toBeLessThan(liveBytesMax * 1.3);
    await until("all runs ended", () => succeeded(bench) === runIds.length);
    const late = await Promise.all(
      runIds.map(async (runId) => {
        const rows = await bench.store.journal.readRun(runId);
        return ((rows.at(-1)?.at ?? 0) - (rows[0]?.at ?? 0)) / 1_000 - 6_000;
      }),
    );
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(bench.runtime.stats().runsLiveBytes).toBe(0);
  });

  it("is bounded in bytes when runs wait for answers: others start when there is room", async () => {
    const slow = await target((_call, response) => setTimeout(() => answerJson(response, 200, {}), 30));
    const liveBytesMax = 10 * LARGE_HEAP;
    const bench = await start({ allow: [slow.host], limits: { liveBytesMax, connectionsPerOrigin: 2 } });
    const { runIds, bytesMax } = await deliverAll(bench, 60, definitionOf({ send: call(slow.url) }));
    expect(bytesMax).toBeLessThan(liveBytesMax * 1.3);
    await until("all runs ended", () => succeeded(bench) === runIds.length);
    expect(slow.calls).toHaveLength(60);
  });

  it("is bounded after a restart too: runs that are all due at once are read in pages that fit", async () => {
    const store = await kind.open();
    const limits = { memoryHorizonMs: 50, liveBytesMax: 10 * LARGE_HEAP, readBytesMax: 50_000 };
    const bodies = Array.from({ length: 60 }, () => LARGE);
    const { runIds } = await leaveRuns(store, definitionOf({ pause: delay(1_500) }), bodies, { kind, limits });
    const two = await start({ store, limits });
    let bytesMax = 0;
    const looking = setInterval(() => (bytesMax = Math.max(bytesMax, two.runtime.stats().runsLiveBytes)), 1);
    await until("all runs ended", () => succeeded(two) === runIds.length);
    clearInterval(looking);
    // Four pages of two runs each may be in flight when the limit is reached; all sixty runs take six times the limit.
    expect(bytesMax).toBeLessThan(limits.liveBytesMax * 1.2 + 8.5 * LARGE_HEAP);
  });
});

describe("a run", () => {
  it("collects answers up to a limit; one that does not fit is recorded as too large, with the limit", async () => {
    const wordy = await target((_call, response) => answerJson(response, 200, { text: "x".repeat(40_000) }));
    const bench = await startBench({ allow: [wordy.host], limits: { runBytesMax: 100_000 } });
    const nodes = { one: call(wordy.url), two: call(wordy.url), three: call(wordy.url, { retry: { attemptsMax: 1 } }) };
    const runId = await bench.accept(await bench.publish(definitionOf(nodes)));
    await until("the run ended", async () => (await status(bench.store, runId)) === "failed");
    const last = decodeFacts((await bench.store.journal.readRun(runId)).at(-1)?.facts ?? "[]").at(-1);
    expect(last).toMatchObject({
      kind: "failure",
      node: "three",
      code: "response_too_large",
      message: expect.stringContaining("runBytesMax (100000 bytes)"),
    });
  });

  it("that waits leaves memory when others need it, although there was room when it began to wait", async () => {
    const slow = await target((_call, response) => setTimeout(() => answerJson(response, 200, {}), 300));
    const bench = await startBench({ allow: [slow.host], limits: { liveBytesMax: 10 * LARGE_HEAP } });
    const waiting = await bench.publish(definitionOf({ pause: delay(7_000), end: transform("now") }));
    const calling = await bench.publish(definitionOf({ send: call(slow.url) }));
    const early = await Promise.all(Array.from({ length: 6 }, () => bench.accept(waiting, LARGE)));
    expect(bench.runtime.stats().runsLive).toBe(6);
    const late = await Promise.all(Array.from({ length: 20 }, () => bench.accept(calling, LARGE)));
    await until("the others ended", () => haveSucceeded(bench.store, late));
    expect(bench.runtime.stats().runsLive).toBe(0);
    await until("those that waited ended", () => haveSucceeded(bench.store, early));
  });
});

describe("many calls of one run", () => {
  /** Answers each call after so many milliseconds. */
  const slowTarget = async (ms: number) => {
    const inFlight = { now: 0, max: 0 };
    const slow = await target((_call, response) => {
      inFlight.max = Math.max(inFlight.max, ++inFlight.now);
      setTimeout(() => {
        inFlight.now--;
        answerJson(response, 200, {});
      }, ms);
    });
    return { slow, inFlight };
  };
  /** A webhook and so many calls beside each other. */
  const fanOf = (calls: number, url: string): unknown => {
    const nodes = Object.fromEntries(Array.from({ length: calls }, (_, n) => [`c${n}`, call(url)]));
    return definitionOf(
      nodes,
      Object.keys(nodes).map((to) => ({ from: "hook", to })),
    );
  };

  it("wait in line, and calls of other runs do not wait behind them", async () => {
    const { slow, inFlight } = await slowTarget(50);
    const quick = await target((_call, response) => answerJson(response, 200, {}));
    const bench = await startBench({ allow: [slow.host, quick.host], limits: { callsMax: 8 } });
    const fanned = await bench.accept(await bench.publish(fanOf(60, slow.url)));
    await until("its share of the calls is out", () => inFlight.now === 4);
    const single = await bench.accept(await bench.publish(definitionOf({ send: call(quick.url) })));
    await until("the other run ended", async () => (await status(bench.store, single)) === "succeeded");
    expect(await status(bench.store, fanned)).toBeNull();
    await until("the run ended", async () => (await status(bench.store, fanned)) === "succeeded");
    expect(slow.calls).toHaveLength(60);
    expect(inFlight.max).toBe(4);
  });

  it("hold no more bytes of requests than fit, and a request that is larger than that goes alone", async () => {
    const { slow, inFlight } = await slowTarget(10);
    const bench = await startBench({ allow: [slow.host], limits: { callBytesMax: 20_000 } });
    const runId = await bench.accept(await bench.publish(fanOf(12, slow.url)), LARGE);
    await until("the run ended", async () => (await status(bench.store, runId)) === "succeeded");
    expect(slow.calls).toHaveLength(12);
    expect(inFlight.max).toBe(1);
  });
});
