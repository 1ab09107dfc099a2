import { delivery, following, ownAll, runId, useHarness } from "./harness.ts";
import type { CreateHarness, TestFunctions } from "./harness.ts";

export function describeRecovery(test: TestFunctions, create: CreateHarness): void {
  const { describe, expect, it } = test;

  describe("recovery", () => {
    const harness = useHarness(test, create);

    it("loads whole unfinished runs of one shard, without those that ended or ever parked", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const open = delivery();
      const ended = delivery();
      const endedLater = delivery();
      const parked = delivery({ parkedUntil: 1_000_000 });
      const wokenUp = delivery({ parkedUntil: 1_000_000 });
      await journal.append(token, [
        open,
        { ...ended, status: "succeeded" },
        endedLater,
        parked,
        wokenUp,
        delivery({ shard: 1 }),
      ]);
      await journal.append(token, [following(open), following(endedLater, { status: "canceled" }), following(wokenUp)]);

      const loaded = await journal.loadUnfinished({ shard: 0, fromRunId: runId(0, 0), limit: 10, bytesMax: 1e6 });
      expect(loaded.map((run) => run.runId)).toEqual([open.runId]);
      expect(loaded[0]?.segments.map((segment) => segment.seq)).toEqual([0, 1]);
      expect(loaded[0]?.segments[0]?.facts).toBe(open.facts);
    });

    it("pages through unfinished runs in id order, from the watermark on", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const now = Date.now();
      // Over three days, and one so far away that it has no partition.
      const times = [now - 400 * 86_400_000, now - 86_400_000, now - 5, now - 4, now, now + 3_600_000];
      const rows = times.map((ms) => delivery({ runId: runId(0, ms) }));
      await journal.append(token, rows.toReversed());
      const ids = rows.map((row) => row.runId);

      const seen: string[] = [];
      for (;;) {
        const afterRunId = seen.at(-1);
        const page = await journal.loadUnfinished({
          shard: 0,
          fromRunId: ids[1] ?? "",
          ...(afterRunId === undefined ? {} : { afterRunId }),
          limit: 2,
          bytesMax: 1e6,
        });
        if (page.length === 0) break;
        seen.push(...page.map((run) => run.runId));
      }
      expect(seen).toEqual(ids.slice(1));
    });

    it("loads the timers of a window, oldest first, with their unfinished runs", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const late = delivery({ parkedUntil: 3_000_000 });
      const early = delivery({ parkedUntil: 1_000_000 });
      const beyond = delivery({ parkedUntil: 5_000_000 });
      const ended = delivery({ parkedUntil: 2_000_000 });
      await journal.append(token, [late, early, beyond, ended]);
      await journal.append(token, [
        following(ended, { status: "succeeded" }),
        following(early, { parkedUntil: 2_500_000 }),
      ]);

      const due = await journal.loadTimers({ shard: 0, from: 1_000_000, until: 5_000_000, limit: 10, bytesMax: 1e6 });
      expect(due.map((timer) => [timer.dueAt, timer.run.runId])).toEqual([
        [1_000_000, early.runId],
        [2_500_000, early.runId],
        [3_000_000, late.runId],
      ]);
      expect(due.map((timer) => timer.run.segments.length)).toEqual([2, 2, 1]);
      expect(await journal.loadTimers({ shard: 1, from: 0, until: 9_000_000, limit: 10, bytesMax: 1e6 })).toEqual([]);

      // The next one is found whether its run has ended or not.
      const next = (from: number, until = 9_000_000) => journal.findNextTimer({ shard: 0, from, until });
      expect([await next(0), await next(1_000_001), await next(5_000_000)]).toEqual([1_000_000, 2_000_000, 5_000_000]);
      expect([await next(5_000_001), await next(3_000_001, 5_000_000)]).toEqual([null, null]);
    });

    it("pages through timers that are due at the same time", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const rows = Array.from({ length: 7 }, () => delivery({ parkedUntil: 1_000_000 }));
      await journal.append(token, rows);
      const seen: string[] = [];
      for (;;) {
        const afterRunId = seen.at(-1);
        const page = await journal.loadTimers({
          shard: 0,
          from: 1_000_000,
          until: 1_000_001,
          ...(afterRunId === undefined ? {} : { afterRunId }),
          limit: 3,
          bytesMax: 1e6,
        });
        if (page.length === 0) break;
        seen.push(...page.map((timer) => timer.run.runId));
      }
      expect(seen).toEqual(rows.map((row) => row.runId).sort());
    });

    it("ends a page with the run that fills it, and loads a whole run however large it is", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const now = Date.now();
      const parkedUntil = 1_000_000;
      // Three bytes each in UTF-8: bytes are counted, not characters.
      const facts = JSON.stringify([{ kind: "delivery", at: 1, headers: {}, query: {}, body: "€".repeat(30_000) }]);
      const rows = Array.from({ length: 4 }, (_, index) => delivery({ runId: runId(0, now + index), facts }));
      const parked = Array.from({ length: 4 }, (_, index) =>
        delivery({ runId: runId(1, now + index), shard: 1, facts, parkedUntil }),
      );
      await journal.append(token, [...rows, ...parked]);
      const following0 = following(rows[0] ?? delivery(), { facts });
      await journal.append(token, [following0]);

      const load = async (bytesMax: number): Promise<[number, number]> => [
        (await journal.loadUnfinished({ shard: 0, fromRunId: runId(0, 0), limit: 10, bytesMax })).length,
        (await journal.loadTimers({ shard: 1, from: 0, until: 2_000_000, limit: 10, bytesMax })).length,
      ];
      expect(await load(1)).toEqual([1, 1]);
      expect(await load(200_000)).toEqual([2, 3]);
      expect(await load(1_000_000)).toEqual([4, 4]);
    });

    it("counts owners that began to fold a run and did not finish", async () => {
      const { journal } = harness().store;
      const [one, two, three] = [runId(5), runId(5), runId(6)];
      await journal.raiseSuspects(5, [one, two]);
      await journal.raiseSuspects(6, [three]);
      await journal.raiseSuspects(5, [two]);
      await journal.clearSuspects(6, [three]);
      const suspects = await journal.readSuspects([5, 6]);
      expect(suspects.toSorted((left, right) => left.attempts - right.attempts)).toMatchObject([
        { shard: 5, runId: one, attempts: 1 },
        { shard: 5, runId: two, attempts: 2 },
      ]);
      expect(await journal.readSuspects([6])).toEqual([]);
    });

    it("lists the suspects of a project, from so many attempts on", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const [once, twice, foreign] = [delivery({ shard: 3 }), delivery({ shard: 5 }), delivery({ shard: 5 })];
      const own = { ...once, projectId: twice.projectId };
      await journal.append(token, [own, twice, foreign]);
      await journal.raiseSuspects(3, [own.runId]);
      for (let attempt = 1; attempt <= 2; attempt++) await journal.raiseSuspects(5, [twice.runId, foreign.runId]);
      const listed = await journal.listSuspects(twice.projectId, 2);
      expect(listed).toMatchObject([{ shard: 5, runId: twice.runId, attempts: 2 }]);
      expect(listed[0]?.at).toBeGreaterThan(0);
      expect((await journal.listSuspects(twice.projectId, 1)).map(({ runId }) => runId)).toEqual(
        [own.runId, twice.runId].toSorted(),
      );
    });

    it("sets no timer for a segment that was refused", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      await journal.releaseShards(token, [0]);
      const row = delivery({ shard: 1 });
      await journal.append(token, [row]);
      await journal.append(token, [
        delivery({ parkedUntil: 1_000_000 }),
        { ...row, facts: "[]", parkedUntil: 1_000_000 },
      ]);
      for (const shard of [0, 1]) {
        expect(await journal.loadTimers({ shard, from: 0, until: 2_000_000, limit: 10, bytesMax: 1e6 })).toEqual([]);
      }
      expect(await journal.loadUnfinished({ shard: 1, fromRunId: runId(1, 0), limit: 10, bytesMax: 1e6 })).toHaveLength(
        1,
      );
    });
  });
}
