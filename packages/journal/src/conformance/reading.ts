import { randomUUID } from "node:crypto";

import { DELIVERY_HEAD_CHARACTERS, runIdFloor } from "@meshhook/core";

import { rerunKey, SIGNAL_LIMITS } from "../journal.ts";
import { dedupe, delivery, following, ownAll, runId, useHarness } from "./harness.ts";
import type { CreateHarness, TestFunctions } from "./harness.ts";
import type { SegmentRow } from "../journal.ts";

const NIL_UUID = "00000000-0000-0000-0000-000000000000";

export function describeReading(test: TestFunctions, create: CreateHarness): void {
  const { describe, expect, it } = test;

  describe("reading", () => {
    const harness = useHarness(test, create);

    it("reads a run after a seq, in order", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const first = delivery();
      const second = following(first);
      const third = following(second, { status: "succeeded" });
      for (const row of [first, second, third]) await journal.append(token, [row]);
      expect((await journal.readRun(first.runId)).map((segment) => segment.seq)).toEqual([0, 1, 2]);
      expect((await journal.readRun(first.runId, { afterSeq: 0 })).map((segment) => segment.seq)).toEqual([1, 2]);
      expect(await journal.readRun(first.runId, { afterSeq: 2 })).toEqual([]);
    });

    it("finds nothing for a run that does not exist, or an invalid id", async () => {
      const { journal } = harness().store;
      expect(await journal.readRun(runId(3))).toEqual([]);
      expect(await journal.readRun("no such run")).toEqual([]);
    });

    it("shows a project only its own runs", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const [ours, theirs] = [delivery(), delivery()];
      await journal.append(token, [ours, theirs]);
      expect(await journal.readRun(theirs.runId, { projectId: ours.projectId })).toEqual([]);
      expect(await journal.readRun(ours.runId, { projectId: ours.projectId })).toHaveLength(1);
      const listed = await journal.listRuns({ projectId: ours.projectId, limit: 10 });
      expect(listed.map((run) => run.runId)).toEqual([ours.runId]);
    });

    it("lists the beginning of deliveries to an endpoint, and of no other runs", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const [mine, other] = [randomUUID(), randomUUID()];
      const { projectId, workflowId } = delivery();
      const started = (source: string, body = "1"): SegmentRow => {
        const row = delivery({ projectId, workflowId });
        const facts = `[{"kind":"delivery","at":${row.at},"semantics":2,${source}"headers":{},"query":{},"body":${body}}]`;
        return { ...row, facts };
      };
      const from = (endpoint: string): string => `"source":{"endpoint":"${endpoint}","bytes":1},`;
      const quoted = `"headers":{"a":${JSON.stringify(from(mine))}},`;
      const long = JSON.stringify("x".repeat(100_000));
      const rows = [started(from(mine)), started(from(other)), started(""), started(quoted), started(from(mine), long)];
      await journal.append(token, rows);
      const heads = async (endpointId?: string): Promise<readonly (number | null)[]> => {
        const query = { projectId, workflowId, limit: 10, ...(endpointId === undefined ? {} : { endpointId }) };
        const found = new Map((await journal.listDeliveries(query)).map(({ runId: id, head }) => [id, head]));
        return rows.map(({ runId: id, facts }) => {
          const head = found.get(id) ?? null;
          if (head !== null) expect(facts.startsWith(head)).toBe(true);
          return head?.length ?? null;
        });
      };
      const [first, second] = rows.map(({ facts }) => facts.length);
      expect(await heads(mine)).toEqual([first, null, null, null, DELIVERY_HEAD_CHARACTERS]);
      expect(await heads()).toEqual([first, second, null, null, DELIVERY_HEAD_CHARACTERS]);
    });

    it("counts runs that have not ended by their engine semantics, those that parked as well", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const started = (semantics: number | null, given: Partial<SegmentRow> = {}): SegmentRow => {
        const row = delivery(given);
        const number = semantics === null ? "" : `"semantics":${semantics},`;
        const body = `{"kind":"delivery","at":1,"semantics":77}`;
        const facts = `[{"kind":"delivery","at":${row.at},${number}"headers":{},"query":{},"body":${body}}]`;
        return { ...row, facts };
      };
      const [parked, over, ended] = [started(2), started(3), started(3, { status: "succeeded" })];
      await journal.append(token, [started(null), started(3), started(3), started(9), parked, over, ended]);
      await journal.append(token, [following(parked, { parkedUntil: parked.at + 60_000_000 })]);
      await journal.append(token, [following(over, { status: "failed" })]);
      expect(await journal.countUnfinishedBySemantics()).toEqual([
        { semantics: 1, runs: 1 },
        { semantics: 2, runs: 1 },
        { semantics: 3, runs: 2 },
        { semantics: 9, runs: 1 },
      ]);
    });

    it("lists runs newest first, page by page, with how they ended", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const projectId = randomUUID();
      const now = Date.now();
      const rows = [0, 1, 2, 3, 4].map((index) =>
        delivery({ shard: (index * 13) % 64, runId: runId((index * 13) % 64, now + index * 86_400_000), projectId }),
      );
      const [running, pure, failed, canceled, failedAtOnce] = rows;
      if (!running || !pure || !failed || !canceled || !failedAtOnce) throw new Error("Five rows were built");
      await journal.append(token, [
        running,
        { ...pure, status: "succeeded" },
        failed,
        canceled,
        { ...failedAtOnce, status: "failed" },
      ]);
      await journal.append(token, [
        following(failed, { status: "failed" }),
        following(canceled, { status: "canceled" }),
        following(running),
      ]);

      const pages: string[][] = [];
      for (;;) {
        const beforeRunId = pages.at(-1)?.at(-1);
        const page = await journal.listRuns({
          projectId,
          ...(beforeRunId === undefined ? {} : { beforeRunId }),
          limit: 2,
        });
        if (page.length === 0) break;
        pages.push(page.map((run) => run.runId));
      }
      expect(pages.flat()).toEqual(rows.map((row) => row.runId).toReversed());

      const all = await journal.listRuns({ projectId, limit: 10 });
      expect(all.map((run) => run.status)).toEqual(["failed", "canceled", "failed", "succeeded", "running"]);
      expect(all.map((run) => run.finishedAt)).toEqual([
        failedAtOnce.at,
        canceled.at + 1,
        failed.at + 1,
        pure.at,
        null,
      ]);
      expect(all.map((run) => run.startedAt)).toEqual(rows.map((row) => row.at).toReversed());

      const idsWith = async (status: "running" | "succeeded" | "failed" | "canceled"): Promise<readonly string[]> =>
        (await journal.listRuns({ projectId, status, limit: 10 })).map((run) => run.runId);
      expect(await idsWith("running")).toEqual([running.runId]);
      expect(await idsWith("succeeded")).toEqual([pure.runId]);
      expect(await idsWith("failed")).toEqual([failedAtOnce.runId, failed.runId]);
      expect(await idsWith("canceled")).toEqual([canceled.runId]);

      const ofWorkflow = await journal.listRuns({
        projectId,
        workflowId: failed.workflowId,
        status: "failed",
        limit: 10,
      });
      expect(ofWorkflow).toEqual(all.filter((run) => run.runId === failed.runId));
      const older = await journal.listRuns({ projectId, status: "failed", beforeRunId: failedAtOnce.runId, limit: 10 });
      expect(older.map((run) => run.runId)).toEqual([failed.runId]);
    });

    it("lists the runs of a period, whatever their status and wherever the page starts", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const projectId = randomUUID();
      const now = Date.now();
      const rows = [0, 1, 2, 3].map((index) =>
        delivery({ shard: index, runId: runId(index, now + index * 1_000), projectId, status: "failed" }),
      );
      await journal.append(token, rows);
      const ids = rows.map((row) => row.runId);
      for (const status of [undefined, "failed"] as const) {
        const list = async (fromMs: number, beforeRunId?: string): Promise<readonly string[]> => {
          const found = await journal.listRuns({
            projectId,
            ...(status === undefined ? {} : { status }),
            fromRunId: runIdFloor(fromMs),
            ...(beforeRunId === undefined ? {} : { beforeRunId }),
            limit: 10,
          });
          return found.map((run) => run.runId);
        };
        expect(await list(now + 1_000)).toEqual(ids.slice(1).toReversed());
        expect(await list(now + 1_001)).toEqual(ids.slice(2).toReversed());
        expect(await list(now + 1_000, runIdFloor(now + 3_000))).toEqual(ids.slice(1, 3).toReversed());
        expect(await list(now + 1_000, ids[2])).toEqual([ids[1]]);
        expect(await list(now + 3_000, runIdFloor(now))).toEqual([]);
      }
    });

    it("delivers signals by shard, in order, after the last one seen", async () => {
      const { store, other } = harness();
      const token = await store.journal.join("a");
      const before = (await store.journal.heartbeat(token)).signalRevision;
      const signals = [3, 4, 3].map((shard, index) => ({
        shard,
        runId: runId(shard),
        projectId: randomUUID(),
        kind: "cancel" as const,
        reason: `reason ${index}`,
      }));
      const withoutReason = { shard: 3, runId: runId(3), projectId: randomUUID(), kind: "cancel" as const };
      for (const signal of [...signals, withoutReason]) await other.journal.sendSignal(signal);

      expect((await store.journal.heartbeat(token)).signalRevision).toBeGreaterThan(before);
      const both = [3, 4].map((shard) => ({ shard, afterId: NIL_UUID }));
      const seen = await store.journal.readSignals(both, 100);
      expect(seen.map(({ id: _id, isRunOver: _isRunOver, ...signal }) => signal)).toEqual([...signals, withoutReason]);
      expect(seen.map((signal) => signal.id)).toEqual(seen.map((signal) => signal.id).toSorted());
      const afterFirst = [{ shard: 3, afterId: seen[0]?.id ?? "" }];
      expect(await store.journal.readSignals(afterFirst, 100)).toEqual([seen[2], seen[3]]);
      expect(await store.journal.readSignals(afterFirst, 1)).toEqual([seen[2]]);
      expect(await store.journal.readSignals(both, 1)).toEqual([seen[0], seen[1]]);
      expect(await store.journal.readSignals([{ shard: 9, afterId: NIL_UUID }], 100)).toEqual([]);
    });

    it("hands deliveries over with their keys, in order with signals, and not to the journal", async () => {
      const { store, other } = harness();
      const { token } = await ownAll(store, "a");
      const key = dedupe("k");
      const row = delivery({ shard: 3, dedupe: key });
      expect(await other.journal.sendDelivery(row)).toEqual({ kind: "appended" });
      const repeat = delivery({ shard: 3, dedupe: { ...key, bodyHash: "bb" } });
      expect(await other.journal.sendDelivery(repeat)).toEqual({
        kind: "duplicate",
        runId: row.runId,
        sameBody: false,
      });
      const taken = delivery({ shard: 5, dedupe: key });
      expect(await store.journal.append(token, [taken])).toEqual([
        { kind: "duplicate", runId: row.runId, sameBody: true },
      ]);
      const refused = delivery({ shard: 3, facts: "\u0000" });
      expect(await other.journal.sendDelivery(refused)).toMatchObject({ kind: "rejected" });
      await other.journal.sendSignal({ shard: 3, runId: row.runId, projectId: row.projectId, kind: "cancel" });

      const seen = await store.journal.readSignals([{ shard: 3, afterId: NIL_UUID }], 100);
      const { runId: id, projectId, workflowId, versionId, facts } = row;
      expect(seen).toMatchObject([
        { kind: "delivery", shard: 3, runId: id, projectId, workflowId, versionId, facts, isRunOver: false },
        { kind: "cancel", runId: id },
      ]);
      expect(await store.journal.readRun(id)).toEqual([]);
    });

    it("finds which runs have ended", async () => {
      const { store } = harness();
      const { token } = await ownAll(store, "a");
      const [open, over] = [delivery({ shard: 3 }), delivery({ shard: 4, status: "succeeded" })];
      await store.journal.append(token, [open, over]);
      const unknown = runId(5);
      expect([...(await store.journal.findEnded([open.runId, over.runId, unknown]))]).toEqual([over.runId]);
      expect([...(await store.journal.findEnded([]))]).toEqual([]);
    });

    it("hides an erased run from its project, and erases none that goes on or is another's", async () => {
      const { store, other } = harness();
      const { token } = await ownAll(store, "a");
      const over = delivery({ shard: 4, status: "failed" });
      const { projectId } = over;
      const [kept, open] = [delivery({ shard: 4, status: "failed", projectId }), delivery({ shard: 3, projectId })];
      await store.journal.append(token, [over, kept, open]);
      const erase = (id: string): Promise<string> => other.journal.eraseRun(projectId, id);
      expect(await store.journal.eraseRun(randomUUID(), over.runId)).toBe("not_found");
      expect([await erase(over.runId), await erase(over.runId)]).toEqual(["erased", "not_found"]);
      expect([await erase(open.runId), await erase(runId(5)), await erase("none")]).toEqual([
        "in_progress",
        "not_found",
        "not_found",
      ]);
      expect(await store.journal.readRun(over.runId, { projectId })).toEqual([]);
      expect([...(await store.journal.findEnded([over.runId, kept.runId]))]).toEqual([kept.runId]);
      for (const status of [undefined, "failed"] as const) {
        const listed = await store.journal.listRuns({ projectId, ...(status && { status }), limit: 10 });
        expect(listed.map((run) => run.runId)).not.toContain(over.runId);
        expect(listed.map((run) => run.runId)).toContain(kept.runId);
      }
      const deliveries = await store.journal.listDeliveries({ projectId, limit: 10 });
      expect(deliveries.map((run) => run.runId)).not.toContain(over.runId);
    });

    it("shows a project its run that still waits in an inbox, and then the one that is stored", async () => {
      const { store, other } = harness();
      const { token } = await ownAll(store, "a");
      const row = delivery({ shard: 3 });
      const { projectId, runId: id } = row;
      await other.journal.sendDelivery(row);
      const { shard: _, ...stored } = row;
      expect(await store.journal.readRun(id, { projectId })).toEqual([stored]);
      expect(await store.journal.readRun(id, { projectId: randomUUID() })).toEqual([]);
      expect(await store.journal.readRun(id, { projectId, afterSeq: 0 })).toEqual([]);
      await store.journal.append(token, [row]);
      await store.journal.append(token, [following(row)]);
      expect((await store.journal.readRun(id, { projectId })).map(({ seq }) => seq)).toEqual([0, 1]);
    });

    it("stores a signal with a name once for each key, and as many bytes of them as a run may have", async () => {
      const { store, other } = harness();
      const [projectId, run, neighbour] = [randomUUID(), runId(5), runId(5)];
      const send = (to: string, more: object): Promise<string> =>
        store.journal.sendSignal({
          shard: 5,
          runId: to,
          projectId,
          kind: "signal",
          name: "paid",
          payload: '{"n":1}',
          ...more,
        });
      const both = await Promise.all([
        send(run, { key: "a" }),
        other.journal.sendSignal({ shard: 5, runId: run, projectId, kind: "cancel" }),
      ]);
      expect(both).toEqual(["sent", "sent"]);
      expect(await send(run, { key: "a", payload: "2" })).toBe("repeated");
      expect(await send(run, {})).toBe("sent");
      expect(await send(run, {})).toBe("sent");
      expect(await store.journal.hasSignal({ projectId, runId: neighbour, key: "a" })).toBe(false);
      expect(await send(neighbour, { key: "a", name: "zahlung\u00e4" })).toBe("sent");
      expect(await other.journal.hasSignal({ projectId, runId: neighbour, key: "a" })).toBe(true);
      expect(await other.journal.hasSignal({ projectId, runId: neighbour, key: "b" })).toBe(false);
      expect(await other.journal.hasSignal({ projectId: randomUUID(), runId: neighbour, key: "a" })).toBe(false);
      const stored = await other.journal.readSignals([{ shard: 5, afterId: NIL_UUID }], 100);
      const told = stored.map(({ id: _id, isRunOver: _isRunOver, ...signal }) => signal);
      const paid = { shard: 5, runId: run, projectId, kind: "signal", name: "paid", payload: '{"n":1}' };
      expect(told.filter(({ kind }) => kind === "signal")).toEqual([
        paid,
        paid,
        paid,
        { ...paid, runId: neighbour, name: "zahlung\u00e4" },
      ]);

      const large = JSON.stringify("x".repeat(SIGNAL_LIMITS.bytes / 2));
      expect(await send(run, { payload: large })).toBe("sent");
      expect(await send(run, { payload: large })).toBe("full");
    });

    it("says of a signal whether its run has ended", async () => {
      const { store } = harness();
      const { token } = await ownAll(store, "a");
      const over = delivery();
      const open = delivery();
      await store.journal.append(token, [over, open]);
      await store.journal.append(token, [following(over, { status: "succeeded" })]);
      for (const { shard, runId: id, projectId } of [over, open, delivery()])
        await store.journal.sendSignal({ shard, runId: id, projectId, kind: "cancel" });
      const seen = await store.journal.readSignals([{ shard: 0, afterId: NIL_UUID }], 100);
      expect(seen.map((signal) => signal.isRunOver)).toEqual([true, false, false]);
    });

    it("never shows a signal after one with a greater id", async () => {
      const { store, other } = harness();
      const seen: string[] = [];
      const read = async (): Promise<void> => {
        const page = await store.journal.readSignals([{ shard: 0, afterId: seen.at(-1) ?? NIL_UUID }], 100);
        seen.push(...page.map((signal) => signal.id));
      };
      const send = (index: number): Promise<string> =>
        (index % 2 ? store : other).journal.sendSignal({
          shard: 0,
          runId: runId(0),
          projectId: randomUUID(),
          kind: "cancel",
        });
      for (let round = 0; round < 5; round += 1) {
        await Promise.all([
          ...Array.from({ length: 8 }, (_, index) => send(index)),
          read(),
          read().catch(() => undefined),
        ]);
        seen.splice(0, seen.length, ...new Set(seen));
      }
      await read();
      expect(seen).toHaveLength(40);
    });

    it("says which runs a run became again, to its project only, and leaves out requests that came to nothing", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const origin = delivery();
      await journal.append(token, [origin]);
      const { projectId, runId: originId } = origin;
      const list = { projectId, runId: originId, limit: 10 };
      for (const [key, kind] of [
        ["one", "replay"],
        ["two", "resume"],
        ["three", "replay"],
      ] as const)
        await journal.noteRerun({ projectId, runId: originId, kind, key });
      expect(await journal.listReruns(list)).toEqual([]);
      const first = delivery({ projectId, dedupe: rerunKey({ runId: originId, key: "one" }, "aa") });
      const second = delivery({ projectId, dedupe: rerunKey({ runId: originId, key: "two" }, "bb") });
      await journal.append(token, [first]);
      await journal.append(token, [second]);
      await journal.noteRerun({ projectId, runId: originId, kind: "replay", key: "one" });
      expect(await journal.listReruns(list)).toEqual([
        { kind: "replay", newRunId: first.runId, at: expect.any(Number) as unknown },
        { kind: "resume", newRunId: second.runId, at: expect.any(Number) as unknown },
      ]);
      expect(await journal.listReruns({ ...list, limit: 1 })).toHaveLength(1);
      expect(await journal.listReruns({ ...list, projectId: randomUUID() })).toEqual([]);
      expect(await journal.listReruns({ ...list, runId: first.runId })).toEqual([]);
    });
  });
}
