import { monitorEventLoopDelay, performance } from "node:perf_hooks";

import { describe, expect, it } from "vitest";

import { inMemory, onPostgres, start as startBench, status, target, type Bench } from "./bench.ts";
import { call, definitionOf, delay, transform, until } from "./harness.ts";
import { answerJson } from "./target.ts";

const PURE = definitionOf({ copy: transform("input") });
/** Each step sorts all of these. */
const ITEMS = { xs: Array.from({ length: 2_000 }, (_, n) => ({ k: ((n * 7919) % 100_003).toString(36) })) };
const sorts = (count: number): Record<string, ReturnType<typeof transform>> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`s${n}`, transform("length(sort_by(input.xs, &k))")]));
const HEAVY = definitionOf({
  ...sorts(40),
  end: { type: "terminate@1", config: { output: { $jmes: "nodes.s39.output" } } },
});

describe.each([inMemory, onPostgres])("a fold that takes long, $name", (kind) => {
  const start = (options: Parameters<typeof startBench>[0] = {}): Promise<Bench> => startBench({ kind, ...options });

  it("keeps no other webhook waiting, and ends as it would have in one go", async () => {
    const bench = await start();
    const [heavy, pure] = [await bench.publish(HEAVY), await bench.publish(PURE)];
    await bench.accept(pure);
    const order: string[] = [];
    const first = bench.deliver(heavy, ITEMS).then((outcome) => {
      order.push("heavy");
      return outcome;
    });
    for (let n = 0; n < 3; n++) await bench.deliver(pure).then(() => order.push("pure"));
    expect(await first).toMatchObject({ kind: "accepted", status: "succeeded", result: { output: 2_000 } });
    expect(order).toEqual(["pure", "pure", "pure", "heavy"]);
    expect(bench.runtime.stats().runsLive).toBe(0);
  });

  it("continues beside others like it, each in its turn", async () => {
    const bench = await start();
    const heavy = await bench.publish(HEAVY);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => bench.deliver(heavy, ITEMS)));
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ kind: "accepted", status: "succeeded", result: { output: 2_000 } });
  });

  it("handles an answer and a cancel that arrived in the meantime when it is done", async () => {
    let answer: (() => void) | null = null;
    const crm = await target((_call, response) => (answer = () => answerJson(response, 200, ITEMS)));
    const bench = await start({ allow: [crm.host] });
    const nodes = {
      c: call(crm.url),
      pause: delay(1),
      ...Object.fromEntries(
        Array.from({ length: 40 }, (_, n) => [`s${n}`, transform("length(sort_by(nodes.c.output.body.xs, &k))")]),
      ),
      wait: delay(60_000),
    };
    const runId = await bench.accept(await bench.publish(definitionOf(nodes)));
    await until("the call is out", () => answer !== null);
    (answer as unknown as () => void)();
    await until("the answer is recorded", async () => (await bench.store.journal.readRun(runId)).length >= 2);
    expect(await bench.runtime.cancel(bench.projectId, runId, "")).toBe("accepted");
    await until("the run is canceled", async () => (await status(bench.store, runId)) === "canceled");
  });

  it("is done in slices after a takeover too, and by watchers", async () => {
    const store = await kind.open();
    const one = await start({ store });
    const version = await one.publish(definitionOf({ ...sorts(40), wait: delay(2_500) }));
    const runId = await one.accept(version, ITEMS);
    await one.runtime.drain(0);
    const two = await start({ store });
    const types = await new Promise<string[]>((resolve) => {
      const seen: string[] = [];
      two.runtime.watchRun(two.projectId, runId, null, (message) => {
        if ("error" in message) return resolve([message.error]);
        seen.push(...message.events.map(({ type }) => type));
        if (message.done) resolve(seen);
      });
    });
    expect(types.at(-1)).toBe("run.succeeded");
    expect(await two.runtime.waitForResult(runId, 0)).toMatchObject({ status: "succeeded" });
  });

  it("is refused when too much is already being folded, but cheap webhooks are not", async () => {
    const bench = await start({ limits: { foldingBytesMax: 1 } });
    const [heavy, pure] = [await bench.publish(HEAVY), await bench.publish(PURE)];
    const first = bench.deliver(heavy, ITEMS);
    expect(await bench.deliver(heavy, ITEMS)).toMatchObject({ kind: "overloaded" });
    expect(await bench.deliver(pure)).toMatchObject({ kind: "accepted" });
    expect(await first).toMatchObject({ kind: "accepted" });
    expect(await bench.deliver(heavy, ITEMS)).toMatchObject({ kind: "accepted" });
  });
});

it("a fold of half a second of work does not block others for long", async () => {
  const bench = await startBench();
  const heavy = await bench.publish(HEAVY);
  await bench.deliver(heavy, ITEMS);
  const stalls = monitorEventLoopDelay({ resolution: 1 });
  stalls.enable();
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: 4 }, () => bench.deliver(heavy, ITEMS)));
  const tookMs = performance.now() - startedMs;
  stalls.disable();
  // Most turns are short by far; a busy machine may make a few longer.
  expect(stalls.percentile(90) / 1e6).toBeLessThan(tookMs / 4);
});

it("folds of many webhooks at once leave about half of the time for everything else", async () => {
  const bench = await startBench();
  const heavy = await bench.publish(HEAVY);
  await bench.deliver(heavy, ITEMS);
  const folding = Array.from({ length: 12 }, () => bench.deliver(heavy, ITEMS));
  // From here on, only folds are done.
  const before = performance.eventLoopUtilization();
  await Promise.all(folding);
  expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.8);
});
