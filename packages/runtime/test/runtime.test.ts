import type { RunEvent } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import type { DeliveryOutcome } from "../src/index.ts";
import { inMemory, onPostgres, start as startBench, status, target, type Bench } from "./bench.ts";
import { call, definitionOf, delay, transform, until } from "./harness.ts";
import { answerJson } from "./target.ts";

describe.each([inMemory, onPostgres])("$name", (kind) => {
  const start = (options: Parameters<typeof startBench>[0] = {}): Promise<Bench> => startBench({ kind, ...options });

  describe("a pure run", () => {
    it("ends in one row, and its result comes with the acknowledgement", async () => {
      const bench = await start();
      const version = await bench.publish(
        definitionOf({
          double: transform("{n: input.n}"),
          end: { type: "terminate@1", config: { output: { $jmes: "nodes.double.output" } } },
        }),
      );
      const outcome = await bench.deliver(version, { n: 21 });
      expect(outcome).toMatchObject({ kind: "accepted", status: "succeeded", result: { output: { n: 21 } } });
      expect(bench.gate.appended).toMatchObject([{ seq: 0, status: "succeeded" }]);
      expect(bench.runtime.stats()).toMatchObject({
        runsLive: 0,
        totals: { deliveriesAccepted: 1, segmentsAppended: 1 },
      });
    });

    it("is not acknowledged before its append returns", async () => {
      const bench = await start();
      const version = await bench.publish(definitionOf({ copy: transform("input") }));
      bench.gate.hold();
      let outcome: DeliveryOutcome | null = null;
      const delivered = bench.deliver(version).then((answered) => (outcome = answered));
      await until("the append is on its way", () => bench.gate.heldAppends === 1);
      expect(outcome).toBeNull();
      bench.gate.release();
      expect(await delivered).toMatchObject({ kind: "accepted" });
    });

    it("shares a batch with others that arrived in the meantime", async () => {
      const bench = await start();
      const version = await bench.publish(definitionOf({ copy: transform("input") }));
      const outcomes = await Promise.all(Array.from({ length: 500 }, (_, n) => bench.deliver(version, { n })));
      expect(new Set(outcomes.map((outcome) => outcome.kind === "accepted" && outcome.runId)).size).toBe(500);
      expect(bench.runtime.stats().totals.batches).toBeLessThan(20);
    });
  });

  describe("a run with a call", () => {
    it("costs two rows, and the call leaves only after the delivery is durable", async () => {
      const crm = await target((_call, response) => answerJson(response, 200, { id: 7 }));
      const bench = await start({ allow: [crm.host] });
      const version = await bench.publish(
        definitionOf({
          send: call(crm.url),
          end: { type: "terminate@1", config: { output: { $jmes: "nodes.send.output.body" } } },
        }),
      );
      bench.gate.hold();
      const accepted = bench.accept(version);
      await until("the append is on its way", () => bench.gate.heldAppends === 1);
      expect(crm.calls).toHaveLength(0);
      bench.gate.release();
      const runId = await accepted;
      await until("the run ended", async () => (await status(bench.store, runId)) === "succeeded");
      expect(await bench.factKinds(runId)).toEqual([["delivery"], ["response"]]);
      expect(crm.calls[0]?.headers["idempotency-key"]).toContain(runId);
    });

    it("tries again with the same key until the target answers", async () => {
      const flaky = await target((_call, response, count) =>
        count < 3 ? answerJson(response, 503, {}) : answerJson(response, 200, {}),
      );
      const bench = await start({ allow: [flaky.host] });
      const version = await bench.publish(
        definitionOf({ send: call(flaky.url, { retry: { baseMs: 10, jitter: "none" } }) }),
      );
      const runId = await bench.accept(version);
      await until("the run ended", async () => (await status(bench.store, runId)) === "succeeded");
      expect(flaky.calls).toHaveLength(3);
      expect(new Set(flaky.calls.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
      expect(await bench.factKinds(runId)).toEqual([["delivery"], ["response"], ["response"], ["response"]]);
    });

    it("records its intent before an at-most-once call", async () => {
      const bank = await target((_call, response) => answerJson(response, 200, {}));
      const bench = await start({ allow: [bank.host] });
      const version = await bench.publish(definitionOf({ pay: call(bank.url, { semantics: "at-most-once" }) }));
      const runId = await bench.accept(version);
      await until("the run ended", async () => (await status(bench.store, runId)) === "succeeded");
      expect(await bench.factKinds(runId)).toEqual([["delivery"], ["intent"], ["response"]]);
    });

    it("passes its result to a waiting caller", async () => {
      const crm = await target((_call, response) => setTimeout(() => answerJson(response, 200, { id: 9 }), 20));
      const bench = await start({ allow: [crm.host] });
      const version = await bench.publish(
        definitionOf({
          send: call(crm.url),
          end: { type: "terminate@1", config: { output: { $jmes: "nodes.send.output.body.id" } } },
        }),
      );
      const runId = await bench.accept(version);
      expect(await bench.runtime.waitForResult(runId, 5_000)).toMatchObject({ status: "succeeded", output: 9 });
      expect(await bench.runtime.waitForResult(runId, 0)).toMatchObject({ status: "succeeded", output: 9 });
    });
  });

  describe("waiting", () => {
    it("fires a short delay from memory, not before its time", async () => {
      const bench = await start();
      const version = await bench.publish(definitionOf({ pause: delay(60), after: transform("now") }));
      const startedMs = performance.now();
      const runId = await bench.accept(version);
      await until("the run ended", async () => (await status(bench.store, runId)) === "succeeded");
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual(60);
      expect(await bench.factKinds(runId)).toEqual([["delivery"], ["timer"]]);
    });

    it("parks a run that waits longer than the horizon and brings it back", async () => {
      const bench = await start({ limits: { memoryHorizonMs: 50 } });
      const version = await bench.publish(definitionOf({ pause: delay(300), after: transform("now") }));
      const runId = await bench.accept(version);
      expect(bench.gate.appended[0]?.parkedUntil).toBeDefined();
      expect(bench.runtime.stats().runsLive).toBe(0);
      await until("the run ended", async () => (await status(bench.store, runId)) === "succeeded");
    });

    it("brings a parked run back in another process", async () => {
      const store = await kind.open();
      const one = await start({ store, limits: { memoryHorizonMs: 50 } });
      const version = await one.publish(definitionOf({ pause: delay(400), after: transform("now") }));
      const runId = await one.accept(version);
      await one.runtime.drain(0);
      await start({ store, limits: { memoryHorizonMs: 50 } });
      await until("the run ended", async () => (await status(store, runId)) === "succeeded");
    });

    it("keeps runs in the journal that memory has no room for, and runs every one later", async () => {
      const slow = await target((_call, response) => setTimeout(() => answerJson(response, 200, {}), 15));
      const bench = await start({
        allow: [slow.host],
        limits: { runsLiveMax: 10, batchRowsMax: 8, connectionsPerOrigin: 4 },
      });
      const version = await bench.publish(definitionOf({ send: call(slow.url) }));
      const runIds: string[] = [];
      for (let round = 0; round < 10; round++)
        runIds.push(...(await Promise.all(Array.from({ length: 12 }, () => bench.accept(version)))));
      await until("all runs ended", async () => {
        const states = await Promise.all(runIds.map((runId) => status(bench.store, runId)));
        return states.every((state) => state === "succeeded");
      });
      expect(slow.calls).toHaveLength(120);
    });
  });

  describe("refusing", () => {
    it("sheds deliveries when the append queue is full, and loses none that it accepted", async () => {
      const bench = await start({ limits: { appendQueueRowsMax: 20, batchRowsMax: 5 } });
      const version = await bench.publish(definitionOf({ copy: transform("input") }));
      bench.gate.hold();
      const delivered = Promise.all(Array.from({ length: 60 }, (_, n) => bench.deliver(version, { n })));
      await until("both writers are busy", () => bench.gate.heldAppends === 2);
      bench.gate.release();
      const outcomes = await delivered;
      const accepted = outcomes.filter(({ kind }) => kind === "accepted");
      expect(accepted.length).toBeGreaterThanOrEqual(20);
      expect(outcomes.filter(({ kind }) => kind === "overloaded").length).toBe(60 - accepted.length);
      expect(bench.gate.appended).toHaveLength(accepted.length);
    });

    it("gives a repeated idempotency key the first run", async () => {
      const bench = await start();
      const version = await bench.publish(definitionOf({ copy: transform("input") }));
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => bench.deliver(version, { n: 1 }, "delivery-1")),
      );
      expect(outcomes.filter(({ kind }) => kind === "accepted")).toHaveLength(1);
      expect(
        new Set(
          outcomes.map((outcome) => (outcome.kind === "accepted" || outcome.kind === "duplicate") && outcome.runId),
        ).size,
      ).toBe(1);
    });

    it("answers unavailable while the database is away, and continues when it is back", async () => {
      const crm = await target((_call, response) => answerJson(response, 200, {}));
      const bench = await start({ allow: [crm.host] });
      const version = await bench.publish(definitionOf({ pause: delay(100), send: call(crm.url) }));
      const runId = await bench.accept(version);
      bench.gate.goAway();
      expect(await bench.deliver(version)).toMatchObject({ kind: "unavailable" });
      expect(bench.runtime.isReady).toBe(false);
      bench.gate.comeBack();
      await until("ready again", () => bench.runtime.isReady);
      expect(await bench.deliver(version)).toMatchObject({ kind: "accepted" });
      await until("the run ended", async () => (await status(bench.store, runId)) === "succeeded");
    });
  });

  describe("owners", () => {
    it("takes over what a cut-off owner left, repeating calls without an answer under the same key", async () => {
      let isAnswering = false;
      const crm = await target((_call, response) => {
        if (isAnswering) answerJson(response, 200, {});
      });
      const store = await kind.open();
      const one = await start({ store, allow: [crm.host] });
      const version = await one.publish(definitionOf({ send: call(crm.url) }));
      const runIds = await Promise.all(Array.from({ length: 20 }, () => one.accept(version)));
      await until("all calls are out", () => crm.calls.length === 20);
      one.gate.goAway();
      isAnswering = true;
      await start({ store, allow: [crm.host] });
      await until("all runs ended", async () =>
        (await Promise.all(runIds.map((runId) => status(store, runId)))).every((state) => state === "succeeded"),
      );
      const keys = crm.calls.map(({ headers }) => headers["idempotency-key"]);
      expect(new Set(keys).size).toBe(20);
    });

    it("does not repeat an at-most-once call whose owner was lost", async () => {
      const bank = await target(() => undefined);
      const store = await kind.open();
      const one = await start({ store, allow: [bank.host] });
      const version = await one.publish(definitionOf({ pay: call(bank.url, { semantics: "at-most-once" }) }));
      const runId = await one.accept(version);
      await until("the call is out", () => bank.calls.length === 1);
      one.gate.goAway();
      await start({ store, allow: [bank.host] });
      await until("the run ended", async () => (await status(store, runId)) === "failed");
      expect(bank.calls).toHaveLength(1);
      expect((await store.journal.readRun(runId)).at(-1)?.facts).toContain("outcome_unknown");
    });

    it("share the shards when a second one joins, and lose no run", async () => {
      const slow = await target((_call, response) => setTimeout(() => answerJson(response, 200, {}), 10));
      const store = await kind.open();
      const one = await start({ store, allow: [slow.host] });
      const version = await one.publish(definitionOf({ send: call(slow.url) }));
      const runIds: string[] = [];
      const first = Promise.all(Array.from({ length: 100 }, async () => runIds.push(await one.accept(version))));
      const two = await start({ store, allow: [slow.host] });
      await first;
      await until("shards are shared", () => one.runtime.stats().shardsOwned === two.runtime.stats().shardsOwned);
      runIds.push(await one.accept(version), await two.accept(version));
      await until("all runs ended", async () =>
        (await Promise.all(runIds.map((runId) => status(store, runId)))).every((state) => state === "succeeded"),
      );
      expect(new Set(slow.calls.map(({ headers }) => headers["idempotency-key"])).size).toBe(102);
    });

    it("leave nothing behind on drain: work in flight is finished and recorded", async () => {
      const slow = await target((_call, response) => setTimeout(() => answerJson(response, 200, {}), 50));
      const bench = await start({ allow: [slow.host] });
      const version = await bench.publish(definitionOf({ send: call(slow.url) }));
      const runIds = await Promise.all(Array.from({ length: 30 }, () => bench.accept(version)));
      await bench.runtime.drain(5_000);
      expect(await Promise.all(runIds.map((runId) => status(bench.store, runId)))).toEqual(
        runIds.map(() => "succeeded"),
      );
      expect(await bench.deliver(version)).toMatchObject({ kind: "unavailable" });
      expect(slow.calls).toHaveLength(30);
    });
  });

  describe("a drain", () => {
    it("starts no new call, so that no at-most-once call is cut off with an unknown outcome", async () => {
      const bank = await target((_call, response) => setTimeout(() => answerJson(response, 200, {}), 30));
      const store = await kind.open();
      const one = await start({ store, allow: [bank.host] });
      const version = await one.publish(
        definitionOf({ pause: delay(40), pay: call(bank.url, { semantics: "at-most-once" }) }),
      );
      const runIds: string[] = [];
      for (let n = 0; n < 40; n++) {
        runIds.push(await one.accept(version));
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
      await one.runtime.drain(5_000);
      await start({ store, allow: [bank.host] });
      await until("all runs ended", async () => {
        const states = await Promise.all(runIds.map((runId) => status(store, runId)));
        return states.every((state) => state !== null);
      });
      expect(await Promise.all(runIds.map((runId) => status(store, runId)))).toEqual(runIds.map(() => "succeeded"));
      expect(bank.calls).toHaveLength(40);
    });
  });

  describe("cancel", () => {
    it("ends a waiting run for good, wherever it is", async () => {
      const store = await kind.open();
      const bench = await start({ store, limits: { memoryHorizonMs: 60_000 } });
      const inMemory = await bench.publish(definitionOf({ pause: delay(50_000), after: transform("now") }));
      const parked = await bench.publish(definitionOf({ pause: delay(3_600_000), after: transform("now") }));
      for (const runId of [await bench.accept(inMemory), await bench.accept(parked)]) {
        expect(await bench.runtime.cancel(bench.projectId, runId, "not needed")).toBe("accepted");
        await until("the run is canceled", async () => (await status(store, runId)) === "canceled");
        expect(await bench.runtime.cancel(bench.projectId, runId, "again")).toBe("finished");
      }
      expect(bench.runtime.stats().runsLive).toBe(0);
    });

    it("does not find another project's run", async () => {
      const bench = await start();
      const version = await bench.publish(definitionOf({ pause: delay(5_000) }));
      const runId = await bench.accept(version);
      const other = await bench.store.catalog.createProject({ slug: "other", name: "Other" });
      expect(await bench.runtime.cancel(other.id, runId, "")).toBe("not_found");
      expect(await status(bench.store, runId)).toBeNull();
    });

    it("reaches a run that another process owns", async () => {
      const store = await kind.open();
      const one = await start({ store });
      const version = await one.publish(definitionOf({ pause: delay(60_000) }));
      const two = await start({ store });
      await until("shards are shared", () => one.runtime.stats().shardsOwned === two.runtime.stats().shardsOwned);
      const runId = await one.accept(version);
      expect(await two.runtime.cancel(two.projectId, runId, "from afar")).toBe("accepted");
      await until("the run is canceled", async () => (await status(store, runId)) === "canceled");
    });
  });

  describe("watching", () => {
    const key = (event: RunEvent): string => `${event.seq}.${event.position}`;

    it("shows a run from its first event to its last, whenever the watcher starts", async () => {
      const slow = await target((_call, response) => setTimeout(() => answerJson(response, 200, {}), 30));
      const bench = await start({ allow: [slow.host] });
      const version = await bench.publish(
        definitionOf({ one: call(slow.url), two: call(slow.url), three: transform("now") }),
      );
      const runId = await bench.accept(version);
      const watch = (after: { seq: number; position: number } | null): Promise<RunEvent[]> =>
        new Promise((resolve, reject) => {
          const seen: RunEvent[] = [];
          bench.runtime.watchRun(bench.projectId, runId, after, (message) => {
            if ("error" in message) return reject(new Error(message.error));
            seen.push(...message.events);
            if (message.done) resolve(seen);
          });
        });
      const early = watch(null);
      await until("the second call is out", () => slow.calls.length === 2);
      const [fromStart, midway] = await Promise.all([early, watch(null)]);
      const afterwards = await watch(null);
      expect(fromStart.map(key)).toEqual([...new Set(fromStart.map(key))]);
      expect(midway).toEqual(fromStart);
      expect(afterwards).toEqual(fromStart);
      expect(fromStart[0]?.type).toBe("run.started");
      expect(fromStart.at(-1)?.type).toBe("run.succeeded");
      const middle = fromStart[3];
      if (middle === undefined) throw new Error("too few events");
      expect(await watch({ seq: middle.seq, position: middle.position })).toEqual(fromStart.slice(4));
    });

    it("waits for a run that was accepted, and is still in the inbox of another process", async () => {
      const store = await kind.open();
      const one = await start({ store });
      const definition = { ...(definitionOf({ copy: transform("input") }) as object), limits: { concurrency: 1 } };
      const version = await one.publish(definition);
      const two = await start({ store });
      await until("shards are shared", () => one.runtime.stats().shardsOwned === two.runtime.stats().shardsOwned);
      const both = [one, two];
      for (const { gate } of both) gate.hold();
      // The owner of the home shard waits for its append; the other one is done with the inbox.
      const accepted = both.map((bench) => bench.accept(version));
      const runId = await Promise.race(accepted);
      const seen = both.map(({ runtime, gate, projectId }) => {
        const { readRun } = gate.journal;
        let looks = 0;
        gate.journal.readRun = async (...asked) => {
          const found = await readRun(...asked);
          if (asked[0] === runId) looks += 1;
          return found;
        };
        const types: string[] = [];
        const ended = new Promise<void>((resolve, reject) => {
          runtime.watchRun(projectId, runId, null, (message) => {
            if ("error" in message) return reject(new Error(message.error));
            types.push(...message.events.map(({ type }) => type));
            if (message.done) resolve();
          });
        });
        return { types, ended, hasLooked: () => looks >= 2 };
      });
      await until("both have looked", () => seen.every(({ hasLooked }) => hasLooked()));
      for (const { gate } of both) gate.release();
      await Promise.all([...accepted, ...seen.map(({ ended }) => ended)]);
      for (const { types } of seen) expect([types[0], types.at(-1)]).toEqual(["run.started", "run.succeeded"]);
    });

    it("does not show another project's run", async () => {
      const bench = await start();
      const runId = await bench.accept(await bench.publish(definitionOf({ copy: transform("input") })));
      const other = await bench.store.catalog.createProject({ slug: "other", name: "Other" });
      const message = await new Promise((resolve) => bench.runtime.watchRun(other.id, runId, null, resolve));
      expect(message).toEqual({ error: "not_found" });
    });

    it("follows a project and misses nothing over a reconnect", async () => {
      const bench = await start();
      const version = await bench.publish(definitionOf({ copy: transform("input") }));
      const seen: RunEvent[] = [];
      let cursor: string | null = null;
      const follow = (): { close(): void } =>
        bench.runtime.watchProject(bench.projectId, cursor, (message) => {
          expect(message.gap).toBe(false);
          seen.push(...message.events);
          cursor = message.cursor;
        });
      const first = follow();
      const runIds = await Promise.all(Array.from({ length: 20 }, () => bench.accept(version)));
      first.close();
      runIds.push(...(await Promise.all(Array.from({ length: 20 }, () => bench.accept(version)))));
      const second = follow();
      runIds.push(await bench.accept(version));
      second.close();
      const ended = seen.filter(({ type }) => type === "run.succeeded").map(({ runId }) => runId);
      expect(ended.sort()).toEqual([...runIds].sort());
    });

    it("reports a gap when the cursor is not its own", async () => {
      const bench = await start();
      const message = await new Promise<{ gap: boolean }>((resolve) =>
        bench.runtime.watchProject(bench.projectId, "ffffffff.12", resolve),
      );
      expect(message.gap).toBe(true);
    });
  });
});
