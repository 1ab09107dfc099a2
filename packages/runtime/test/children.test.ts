import { decodeFacts, foldRun, type RunResult, shardOfRunId } from "@meshhook/core";
import { JournalUnavailable, type AppendOutcome, type RunSummary } from "@meshhook/journal";
import { describe, expect, it } from "vitest";

import { PlanCache } from "../src/index.ts";
import { inMemory, onPostgres, start as startBench, status, target, type Bench } from "./bench.ts";
import { call, definitionOf, delay, Gate, transform, until } from "./harness.ts";
import { answerJson } from "./target.ts";

const callWorkflow = (workflow: string, input: unknown = { $jmes: "input" }) => ({
  type: "call_workflow@1",
  config: { workflow, input },
});
const output = (expression: string) => ({ type: "terminate@1", config: { output: { $jmes: expression } } });
const each = (items: string, node: object, concurrency = 1) => ({
  type: "loop@1",
  config: { items, concurrency, body: { nodes: { child: node }, edges: [] } },
});
const DOUBLE = definitionOf({ twice: transform("input.n * `2`"), end: output("nodes.twice.output") });

const resultOf = async (bench: Bench, runId: string): Promise<RunResult | null> => {
  const segments = await bench.store.journal.readRun(runId);
  const plan = await new PlanCache(bench.store.catalog).get(segments[0]?.versionId ?? "");
  if (plan === null) throw new Error("no plan");
  return foldRun(plan, segments, { runId }).result;
};
const runsOf = ({ store, projectId }: Bench): Promise<readonly RunSummary[]> =>
  store.journal.listRuns({ projectId, limit: 200 });
const haveEnded = async (bench: Bench): Promise<boolean> =>
  (await runsOf(bench)).every(({ status: state }) => state !== "running");
const childOf = async (bench: Bench, parentId: string): Promise<string> => {
  await until("the child is there", async () => (await runsOf(bench)).length === 2);
  return (await runsOf(bench)).find(({ runId }) => runId !== parentId)?.runId ?? "";
};

describe.each([inMemory, onPostgres])("a run that calls another workflow, $name", (kind) => {
  const start = (options: Parameters<typeof startBench>[0] = {}): Promise<Bench> => startBench({ kind, ...options });

  it("gets its output, or takes the error port, and each child knows where it comes from", async () => {
    const bench = await start();
    await bench.publish(DOUBLE, "double");
    await bench.publish(definitionOf({ end: { type: "terminate@1", config: { status: "failed" } } }), "failing");
    await bench.store.catalog.saveDraft({ projectId: bench.projectId, slug: "draft", name: "", definition: "{}" });
    const parent = await bench.publish(
      definitionOf({ ask: callWorkflow("double", { n: { $jmes: "input.n" } }), end: output("nodes.ask.output") }),
    );
    const runId = await bench.accept(parent, { n: 21 });
    expect(await bench.runtime.waitForResult(runId, 10_000)).toEqual({ status: "succeeded", output: 42 });
    const childId = await childOf(bench, runId);
    expect(shardOfRunId(childId)).toBe(shardOfRunId(runId));
    const [first] = decodeFacts((await bench.store.journal.readRun(childId))[0]?.facts ?? "");
    expect(first).toMatchObject({ body: { n: 21 }, origin: { kind: "child", runId, node: "ask", depth: 1 } });

    const code = async (workflow: string): Promise<unknown> => {
      const version = await bench.publish(
        definitionOf({ ask: callWorkflow(workflow), end: output("nodes.ask.output.error.code") }, [
          { from: "hook", to: "ask" },
          { from: "ask", port: "error", to: "end" },
        ]),
      );
      return (await bench.runtime.waitForResult(await bench.accept(version), 10_000))?.output;
    };
    expect(await code("failing")).toBe("child_failed");
    expect(await code("missing")).toBe("child_not_found");
    expect(await code("draft")).toBe("child_not_published");
  });

  it("stops at a depth of 16 when a workflow calls itself without end", async () => {
    const bench = await start();
    const version = await bench.publish(definitionOf({ again: callWorkflow("itself") }), "itself");
    const runId = await bench.accept(version);
    const result = await bench.runtime.waitForResult(runId, 10_000);
    expect(result?.error?.message).toContain("child_too_deep");
    expect(await runsOf(bench)).toHaveLength(17);
  });

  it("leads to no more runs than one may, however many a workflow starts of itself", async () => {
    const bench = await start({ limits: { familyRunsMax: 20 } });
    const itself = definitionOf({ again: each("[`1`, `2`, `3`]", callWorkflow("itself"), 3) });
    const runId = await bench.accept(await bench.publish(itself, "itself"));
    const result = await bench.runtime.waitForResult(runId, 10_000);
    expect(result?.error?.message).toContain("child_too_many");
    await until("all have ended", () => haveEnded(bench));
    expect((await runsOf(bench)).length).toBeLessThanOrEqual(21);
    // Other runs have families of their own.
    await bench.publish(DOUBLE, "double");
    const other = await bench.publish(definitionOf({ ask: callWorkflow("double"), end: output("nodes.ask.output") }));
    expect(await bench.runtime.waitForResult(await bench.accept(other, { n: 2 }), 10_000)).toMatchObject({ output: 4 });
  });

  it("starts a few at a time, so that others need not wait behind them", async () => {
    const bench = await start({ limits: { childrenStartingMax: 5 } });
    await bench.publish(DOUBLE, "double");
    const parent = await bench.publish(definitionOf({ ask: each("input", callWorkflow("double", { n: 1 }), 30) }));
    const hold = bench.gate.journal.append;
    bench.gate.journal.append = (token, rows) => {
      // The parent is stored; its children are not.
      if (rows.some(({ versionId }) => versionId !== parent.id)) bench.gate.hold();
      return hold(token, rows);
    };
    const runId = await bench.accept(
      parent,
      Array.from({ length: 30 }, (_, n) => n),
    );
    await until("the first ones have begun", () => bench.runtime.stats().runsLive > 5);
    expect(bench.runtime.stats().runsLive).toBe(1 + 5);
    bench.gate.journal.append = hold;
    bench.gate.release();
    expect(await bench.runtime.waitForResult(runId, 10_000)).toMatchObject({ status: "succeeded" });
    expect(await runsOf(bench)).toHaveLength(31);
  });

  it("asks for no cancel of children that have not begun", async () => {
    const bench = await start({ limits: { childrenStartingMax: 5, writers: 8, batchRowsMax: 1 } });
    await bench.publish(DOUBLE, "double");
    const parent = await bench.publish(definitionOf({ ask: each("input", callWorkflow("double", { n: 1 }), 30) }));
    const { append, sendSignal } = bench.gate.journal;
    bench.gate.journal.append = (token, rows) =>
      rows.some(({ versionId }) => versionId !== parent.id) ? new Promise(() => undefined) : append(token, rows);
    let sent = 0;
    bench.gate.journal.sendSignal = (signal) => {
      sent += 1;
      return sendSignal(signal);
    };
    const items = Array.from({ length: 30 }, (_, n) => n);
    const runId = await bench.accept(parent, items);
    await until("the first ones have begun", () => bench.runtime.stats().runsLive === 1 + 5);
    expect(await bench.runtime.cancel(bench.projectId, runId, "")).toBe("accepted");
    await until("the parent has ended and left memory", () => bench.runtime.stats().runsLive === 5);
    expect(sent, "the request to cancel the parent").toBe(1);
  });

  it("leaves memory while its child waits for days, and so does every run above it; each comes back by itself", async () => {
    const bench = await start({ limits: { memoryHorizonMs: 50 } });
    await bench.publish(definitionOf({ pause: delay(700), end: output("input.n") }), "waiting");
    await bench.publish(definitionOf({ ask: callWorkflow("waiting"), end: output("nodes.ask.output") }), "between");
    const version = await bench.publish(
      definitionOf({ ask: callWorkflow("between"), end: output("nodes.ask.output") }),
    );
    const runId = await bench.accept(version, { n: 7 });
    await until("all three have left memory", async () =>
      bench.runtime.stats().runsLive === 0 ? (await runsOf(bench)).length === 3 : false,
    );
    expect(await haveEnded(bench)).toBe(false);
    await until("the run ended", async () => (await status(bench.store, runId)) !== null);
    expect(await resultOf(bench, runId)).toEqual({ status: "succeeded", output: 7 });
  });

  it("is continued by the next owner, whether its child waits or has ended in the meantime", async () => {
    const store = await kind.open();
    const limits = { memoryHorizonMs: 50 };
    const one = await start({ store, limits });
    await one.publish(definitionOf({ pause: delay(500), end: output("input.n") }), "waiting");
    const version = await one.publish(definitionOf({ ask: callWorkflow("waiting"), end: output("nodes.ask.output") }));
    const runId = await one.accept(version, { n: 8 });
    await until("both have left memory", async () =>
      one.runtime.stats().runsLive === 0 ? (await runsOf(one)).length === 2 : false,
    );
    await one.runtime.drain(0);
    const two = await start({ store, limits });
    await until("the run ended", async () => (await status(store, runId)) !== null);
    expect(await resultOf(two, runId)).toEqual({ status: "succeeded", output: 8 });
  });

  it("cancels its children when it is canceled, in memory or not", async () => {
    const bench = await start({ limits: { memoryHorizonMs: 5_000 } });
    await bench.publish(definitionOf({ pause: delay(4_000) }), "waiting");
    await bench.publish(definitionOf({ pause: delay(3_600_000) }), "parked");
    const version = await bench.publish(
      definitionOf({ one: callWorkflow("waiting"), two: callWorkflow("parked") }, [
        { from: "hook", to: "one" },
        { from: "hook", to: "two" },
      ]),
    );
    const runId = await bench.accept(version);
    await until("one child is in memory and one is not", async () =>
      (await runsOf(bench)).length === 3 ? bench.runtime.stats().runsLive === 2 : false,
    );
    expect(await bench.runtime.cancel(bench.projectId, runId, "not needed")).toBe("accepted");
    await until("all are canceled", async () =>
      (await runsOf(bench)).every(({ status: state }) => state === "canceled"),
    );
  });
});

describe("children", () => {
  it("that do not fit into memory run all the same, because their parents make room", async () => {
    const bench = await startBench({ limits: { runsLiveMax: 4 } });
    await bench.publish(DOUBLE, "double");
    const version = await bench.publish(
      definitionOf({
        loop: each("input.list", callWorkflow("double", { n: { $jmes: "item" } }), 5),
        end: output("nodes.loop.output.results"),
      }),
    );
    const runIds = await Promise.all(
      Array.from({ length: 10 }, () => bench.accept(version, { list: [1, 2, 3, 4, 5] })),
    );
    await until("all ended", async () => (await runsOf(bench)).length === 60 && (await haveEnded(bench)));
    for (const runId of runIds)
      expect(await resultOf(bench, runId)).toEqual({ status: "succeeded", output: [2, 4, 6, 8, 10] });
  });

  it("of a loop that fails are given up", async () => {
    const bench = await startBench();
    await bench.publish(
      definitionOf(
        {
          gate: { type: "branch@1", config: { condition: "input == `0`" } },
          no: { type: "terminate@1", config: { status: "failed" } },
          pause: delay(60_000),
        },
        [
          { from: "hook", to: "gate" },
          { from: "gate", port: "true", to: "no" },
          { from: "gate", port: "false", to: "pause" },
        ],
      ),
      "picky",
    );
    const version = await bench.publish(
      definitionOf({ loop: each("[`1`, `2`, `0`]", callWorkflow("picky", { $jmes: "item" }), 3) }),
    );
    const runId = await bench.accept(version);
    await until("all ended", async () => (await runsOf(bench)).length === 4 && (await haveEnded(bench)));
    expect((await resultOf(bench, runId))?.error?.code).toBe("loop_failed");
    const ends = (await runsOf(bench)).map(({ status: state }) => state);
    expect(ends.sort()).toEqual(["canceled", "canceled", "failed", "failed"]);
  });

  it("and their parents end as without a crash, whichever append their owner loses", async () => {
    const service = await target(({ body }, response) => answerJson(response, 200, { got: JSON.parse(body) }));
    const child = definitionOf({ send: call(service.url), end: output("nodes.send.output.body.got") });
    const parent = definitionOf({
      loop: each("input.list", callWorkflow("child", { n: { $jmes: "item" } }), 2),
      last: callWorkflow("child", { $jmes: "nodes.loop.output.results" }),
      end: output("nodes.last.output"),
    });
    const live = async (lost: { readonly append: number; readonly isStored: boolean } | null) => {
      const store = await inMemory.open();
      const gate = new Gate(store.journal);
      const append = gate.journal.append.bind(gate.journal);
      let appends = 0;
      gate.journal.append = async (token, rows): Promise<readonly AppendOutcome[]> => {
        appends += 1;
        if (lost === null || appends !== lost.append) return append(token, rows);
        if (lost.isStored) await append(token, rows);
        throw new JournalUnavailable("the connection broke", { mayHaveCommitted: true });
      };
      const bench = await startBench({ store, gate, allow: [service.host] });
      await bench.publish(child, "child");
      const version = await bench.publish(parent);
      const outcome = await bench.deliver(version, { list: [1, 2, 3] });
      if (outcome.kind !== "accepted" && outcome.kind !== "unknown") throw new Error(outcome.kind);
      const { runId } = outcome;
      if (lost?.append === 1 && !lost.isStored) return { appends, result: null, runs: (await runsOf(bench)).length };
      await until("the run ended", async () => (await status(store, runId)) !== null);
      await until("every run ended", () => haveEnded(bench));
      return { appends, result: await resultOf(bench, runId), runs: (await runsOf(bench)).length };
    };
    const undisturbed = await live(null);
    expect(undisturbed).toMatchObject({
      result: { status: "succeeded", output: [{ n: 1 }, { n: 2 }, { n: 3 }] },
      runs: 5,
    });
    const points = Array.from({ length: 10 }, (_, at) => at + 1);
    expect(undisturbed.appends).toBeGreaterThanOrEqual(points.length);
    const lives = await Promise.all(
      points.flatMap((append) => [live({ append, isStored: true }), live({ append, isStored: false })]),
    );
    for (const { result, runs } of lives.filter((one) => one.result !== null))
      expect({ result, runs }).toEqual({ result: undisturbed.result, runs: 5 });
    expect(lives.filter((one) => one.result === null)).toHaveLength(1);
  });
});
