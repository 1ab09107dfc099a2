import { decodeFacts, isRunId, shardOfRunId } from "@meshhook/core";
import type { Version } from "@meshhook/journal";
import { describe, expect, it } from "vitest";

import { haveSucceeded, inMemory, onPostgres, start as startBench, status, target, type Bench } from "./bench.ts";
import { call, definitionOf, delay, transform, until } from "./harness.ts";
import { answerJson } from "./target.ts";

const limited = (concurrency: number, nodes: Parameters<typeof definitionOf>[0]): object => ({
  ...(definitionOf(nodes) as object),
  limits: { concurrency },
});

describe.each([inMemory, onPostgres])("a run that waits for its turn, $name", (kind) => {
  const start = (options: Parameters<typeof startBench>[0] = {}): Promise<Bench> => startBench({ kind, ...options });
  const setPaused = async (bench: Bench, { workflowId }: Version, isPaused: boolean): Promise<void> => {
    await bench.store.catalog.setPaused(bench.projectId, workflowId, isPaused);
    await bench.runtime.readAdmissionRules();
  };
  const setLimit = async (bench: Bench, concurrency: number): Promise<void> => {
    await bench.store.catalog.updateProject(bench.projectId, { concurrency });
    await bench.runtime.readAdmissionRules();
  };
  const isHeld = async ({ store }: Bench, runId: string): Promise<boolean> => {
    const segments = await store.journal.readRun(runId);
    const [delivery] = decodeFacts(segments[0]?.facts ?? "[]");
    return segments.length === 1 && delivery?.kind === "delivery" && delivery.held === true;
  };

  it("because its workflow is paused is durable, takes no memory, and begins when the workflow is resumed, in order", async () => {
    const store = await kind.open();
    const one = await start({ store });
    const version = await one.publish(definitionOf({ at: transform("now") }));
    const other = await one.publish(definitionOf({ at: transform("now") }));
    await setPaused(one, version, true);
    const runIds: string[] = [];
    for (let n = 0; n < 5; n++) runIds.push(await one.accept(version));
    expect(await haveSucceeded(store, [await one.accept(other)])).toBe(true);
    expect(await Promise.all(runIds.map((runId) => isHeld(one, runId)))).toEqual(runIds.map(() => true));
    expect(one.runtime.stats().runsLive).toBe(0);
    const turn = { isPaused: true, ahead: 2, slotOf: null };
    expect(one.runtime.turnOf(one.projectId, version.workflowId, runIds[2] ?? "")).toEqual(turn);

    // The next owner holds them as well.
    await one.runtime.drain(0);
    const two = await start({ store });
    const turnOf = (runId = "") => two.runtime.turnOf(two.projectId, version.workflowId, runId);
    await until("they are known", () => turnOf(runIds[4])?.ahead === 4);
    const canceled = runIds.pop() ?? "";
    expect(await two.runtime.cancel(two.projectId, canceled, "")).toBe("accepted");
    await until("one is canceled", async () => (await status(store, canceled)) === "canceled");
    await setPaused(two, version, false);
    await until("all have succeeded", () => haveSucceeded(store, runIds));
    expect(turnOf(runIds[0])).toBeNull();
    expect((await two.factKinds(runIds[0] ?? "")).flat()).toEqual(["delivery", "begin"]);
  });

  it("because of a limit begins when another has ended: never more go on than allowed, over all processes", async () => {
    const store = await kind.open();
    let [now, most] = [0, 0];
    const slow = await target((_call, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now -= 1;
        answerJson(response, 200, {});
      }, 15);
    });
    const one = await start({ store, allow: [slow.host] });
    const two = await start({ store, allow: [slow.host] });
    await until(
      "the shards are shared",
      () => one.runtime.stats().shardsOwned === 32 && two.runtime.stats().shardsOwned === 32,
    );
    const version = await one.publish(limited(2, { send: call(slow.url) }));
    const runIds = await Promise.all(Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? one : two).accept(version)));
    expect(runIds.every(isRunId)).toBe(true);
    expect(new Set(runIds.map(shardOfRunId)).size).toBe(1);
    await until("all have succeeded", () => haveSucceeded(store, runIds));
    expect(slow.calls).toHaveLength(12);
    expect(most).toBe(2);

    // Whoever takes the webhook can wait for its result, also where the run is not stored yet.
    const delivered = await Promise.all([one, two].map((bench) => bench.accept(version)));
    const results = delivered.map((runId, at) => (at === 0 ? one : two).runtime.waitForResult(runId, 10_000));
    expect(await Promise.all(results)).toMatchObject([{ status: "succeeded" }, { status: "succeeded" }]);

    // A repeated key is the same run, whichever process is asked.
    const outcomes = await Promise.all([one, two].map((bench) => bench.deliver(version, { n: 1 }, "again")));
    expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(["accepted", "duplicate"]);
    expect(new Set(outcomes.map((outcome) => ("runId" in outcome ? outcome.runId : ""))).size).toBe(1);
  });

  it("because of its project's limit: the backlog of one workflow delays no other workflow and no other project", async () => {
    const store = await kind.open();
    const open: (() => void)[] = [];
    let most = 0;
    const slow = await target((_call, response) => {
      open.push(() => answerJson(response, 200, {}));
      most = Math.max(most, open.length);
    });
    const free = await target((_call, response) => answerJson(response, 200, {}));
    const one = await start({ store, allow: [slow.host, free.host] });
    const two = await start({ store, allow: [slow.host, free.host] });
    await until(
      "the shards are shared",
      () => one.runtime.stats().shardsOwned === 32 && two.runtime.stats().shardsOwned === 32,
    );
    await setLimit(one, 2);
    await two.runtime.readAdmissionRules();
    const busy = await one.publish(definitionOf({ send: call(`${slow.url}/busy`) }));
    const quiet = await one.publish(definitionOf({ send: call(`${slow.url}/quiet`) }));
    const stranger = await store.catalog.createProject({ slug: "stranger", name: "Stranger" });
    const other = await one.publish(definitionOf({ send: call(free.url) }), "other", stranger.id);
    const turnOf = (version: Version, runId: string) =>
      one.runtime.turnOf(one.projectId, version.workflowId, runId) ??
      two.runtime.turnOf(one.projectId, version.workflowId, runId);
    const accept = (version: Version, runs: number): Promise<string[]> =>
      Promise.all(Array.from({ length: runs }, (_, n) => (n % 2 === 0 ? one : two).accept(version)));

    const backlog = await accept(busy, 10);
    await until("two calls are out", () => open.length === 2);
    const few = await accept(quiet, 3);
    const waits = { isPaused: false, slotOf: "project" };
    const isWaiting = (version: Version, runId: string): boolean => turnOf(version, runId)?.slotOf === "project";
    await until("all others wait", () => {
      const waiting = backlog.filter((runId) => isWaiting(busy, runId));
      return waiting.length === 8 && few.every((runId) => isWaiting(quiet, runId));
    });
    expect(turnOf(quiet, few.toSorted()[2] ?? "")).toEqual({ ...waits, ahead: 2 });
    await Promise.all([one.accept(other), two.accept(other)]);
    await until("the other project's runs are done", () => free.calls.length === 2);

    while (slow.calls.length < 13) {
      const started = slow.calls.length;
      open.shift()?.();
      await until("the next call is out", () => slow.calls.length > started);
    }
    for (const answer of open.splice(0)) answer();
    await until("all have succeeded", () => haveSucceeded(store, [...backlog, ...few]));
    expect(most).toBe(2);
    // They take turns, although eight runs of the busy workflow came first.
    const paths = slow.calls.map(({ path }) => path);
    expect(paths.slice(2, 8).filter((path) => path === "/quiet")).toHaveLength(3);
  });

  it("goes on without a slot of its project if it is a child, whose parent would wait for it for ever", async () => {
    const bench = await start();
    await setLimit(bench, 1);
    const child = await bench.publish(definitionOf({ at: transform("now") }), "child");
    const parent = await bench.publish(
      definitionOf({ ask: { type: "call_workflow@1", config: { workflow: "child" } } }),
      "parent",
    );
    await setPaused(bench, child, true);
    const runId = await bench.accept(parent);
    await until(
      "the child waits",
      async () => (await bench.store.journal.listRuns({ projectId: bench.projectId, limit: 9 })).length === 2,
    );
    await setPaused(bench, child, false);
    await until("both have succeeded", () => haveSucceeded(bench.store, [runId]));
  });

  it.each(["workflow", "project"] as const)(
    "counts runs that wait for a distant time, also after a takeover (%s)",
    async (whose) => {
      const store = await kind.open();
      const limits = { memoryHorizonMs: 50 };
      const one = await start({ store, limits });
      if (whose === "project") await setLimit(one, 1);
      const nodes = { pause: delay(3_600_000) };
      const version = await one.publish(whose === "project" ? definitionOf(nodes) : limited(1, nodes));
      const parked = await one.accept(version);
      await until("it is parked", () => one.runtime.stats().runsLive === 0);
      await one.runtime.drain(0);
      const two = await start({ store, limits });
      const next = await two.accept(version);
      expect(await isHeld(two, next)).toBe(true);
      expect(await two.runtime.cancel(two.projectId, parked, "")).toBe("accepted");
      await until("the next one has begun", async () => !(await isHeld(two, next)));
      expect((await two.factKinds(next)).flat()).toEqual(["delivery", "begin"]);
    },
  );
});
