import { randomUUID } from "node:crypto";

import type { SegmentRow } from "../journal.ts";
import { dedupe, delivery, following, ownAll, runId, useHarness } from "./harness.ts";
import type { CreateHarness, TestFunctions } from "./harness.ts";

export function describeAppending(test: TestFunctions, create: CreateHarness): void {
  const { describe, expect, it } = test;

  describe("appending", () => {
    const harness = useHarness(test, create);

    it("returns a stored segment unchanged, to the byte and the microsecond", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const facts = `[ {"kind":"delivery","b":1,"a":1.50,"text":"\\u0000 \\ud800 é 漢 😀   {x,y} \\\\"} ]  `;
      const row = delivery({ facts, at: 1_795_482_773_253_007, status: "failed" });

      expect(await journal.append(token, [row])).toEqual([{ kind: "appended" }]);
      expect(await journal.readRun(row.runId)).toEqual([row].map(({ shard: _shard, ...stored }) => stored));
    });

    it("appends nothing for an empty batch", async () => {
      const { token } = await ownAll(harness().store, "a");
      expect(await harness().store.journal.append(token, [])).toEqual([]);
    });

    it("repeats a batch without storing anything twice", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const batch = [delivery(), delivery({ shard: 5, dedupe: dedupe("k") }), delivery({ parkedUntil: 1_000_000 })];

      const first = await journal.append(token, batch);
      expect(await journal.append(token, batch)).toEqual(first);
      expect(first).toEqual([{ kind: "appended" }, { kind: "appended" }, { kind: "appended" }]);
      for (const row of batch) expect(await journal.readRun(row.runId)).toHaveLength(1);
    });

    it("reports a conflict when the seq is taken by other facts, and keeps the stored ones", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const row = delivery();
      await journal.append(token, [row]);

      expect(await journal.append(token, [{ ...row, facts: "[]" }])).toEqual([{ kind: "conflict" }]);
      expect((await journal.readRun(row.runId)).map((segment) => segment.facts)).toEqual([row.facts]);
    });

    it("refuses every append of a token that owns no shard", async () => {
      const { journal } = harness().store;
      const token = await journal.join("a");
      const row = delivery();

      expect(await journal.append(token, [row])).toEqual([{ kind: "fenced" }]);
      expect(await journal.append(randomUUID(), [row])).toEqual([{ kind: "fenced" }]);
      expect(await journal.readRun(row.runId)).toEqual([]);
    });

    it("gives each row of a batch its own outcome", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      await journal.releaseShards(token, [9]);
      const taken = delivery({ shard: 1 });
      const keyed = delivery({ shard: 2, dedupe: dedupe("k") });
      await journal.append(token, [taken, keyed]);

      const outcomes = await journal.append(token, [
        delivery(),
        delivery({ shard: 9 }),
        { ...taken, facts: "[]" },
        delivery({ shard: 3, ...(keyed.dedupe === undefined ? {} : { dedupe: keyed.dedupe }) }),
        delivery({ shard: 4, facts: "raw \u0000 character" }),
        delivery({ shard: 5 }),
      ]);

      expect(outcomes.map((outcome) => outcome.kind)).toEqual([
        "appended",
        "fenced",
        "conflict",
        "duplicate",
        "rejected",
        "appended",
      ]);
    });

    it("rejects a row that cannot be stored, says why, and stores its neighbours", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const good = delivery();
      const bad: readonly (readonly [SegmentRow, RegExp])[] = [
        [delivery({ facts: "a\u001eb" }), /record separator/],
        [delivery({ facts: "\ud800" }), /surrogate/],
        [delivery({ runId: "not-a-run" }), /run id/],
        [delivery({ shard: 1, runId: runId(2) }), /shard 1 is not the shard/],
        [delivery({ projectId: "x" }), /project id/],
        [delivery({ seq: -1 }), /seq -1/],
        [delivery({ dedupe: dedupe("") }), /0 characters/],
        [delivery({ dedupe: dedupe("k".repeat(321)) }), /321 characters/],
        [delivery({ seq: 1, dedupe: dedupe("k") }), /only segment 0/],
        [delivery({ at: 0.5 }), /at 0\.5 .* microseconds/],
        [delivery({ workflowId: "x" }), /workflow id/],
        [delivery({ versionId: "x" }), /version id/],
        [delivery({ parkedUntil: 0.5 }), /parkedUntil 0\.5/],
        [delivery({ dedupe: dedupe("k", { endpointId: "x" }) }), /endpoint id/],
        [delivery({ dedupe: dedupe("k\u0000") }), /control character/],
      ];

      const outcomes = await journal.append(token, [...bad.map(([row]) => row), good]);

      expect(outcomes.at(-1)).toEqual({ kind: "appended" });
      for (const [index, [, message]] of bad.entries()) {
        const outcome = outcomes[index];
        expect(outcome?.kind === "rejected" ? outcome.message : outcome?.kind).toMatch(message);
      }
      expect(await journal.readRun(good.runId)).toHaveLength(1);
    });

    it("answers a repeated idempotency key with the first run and stores nothing of the repeat", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const key = dedupe("order-17", { bodyHash: "aa" });
      const first = delivery({ dedupe: key });
      await journal.append(token, [first]);

      const repeat = delivery({ shard: 7, dedupe: key, parkedUntil: 1_000_000 });
      const reuse = delivery({ shard: 8, dedupe: { ...key, bodyHash: "bb" } });
      expect(await journal.append(token, [repeat, reuse])).toEqual([
        { kind: "duplicate", runId: first.runId, sameBody: true },
        { kind: "duplicate", runId: first.runId, sameBody: false },
      ]);
      expect(await journal.readRun(repeat.runId)).toEqual([]);
      expect(await journal.readRun(reuse.runId)).toEqual([]);
      expect(await journal.loadTimers({ shard: 7, from: 0, until: 2_000_000, limit: 10, bytesMax: 1e6 })).toEqual([]);
    });

    it("keeps the keys of two endpoints apart", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const outcomes = await journal.append(token, [
        delivery({ dedupe: dedupe("k") }),
        delivery({ dedupe: dedupe("k") }),
      ]);
      expect(outcomes).toEqual([{ kind: "appended" }, { kind: "appended" }]);
    });

    it("accepts the longest key, in any script", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const key = dedupe("漢".repeat(255));
      const first = delivery({ dedupe: key });
      await journal.append(token, [first]);
      expect(await journal.append(token, [delivery({ dedupe: key })])).toEqual([
        { kind: "duplicate", runId: first.runId, sameBody: true },
      ]);
    });

    it("turns two rows with the same key in one batch into one run", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const key = dedupe("k");
      const rows = [delivery({ dedupe: key }), delivery({ shard: 1, dedupe: key })] as const;
      expect(await journal.append(token, rows)).toEqual([
        { kind: "appended" },
        { kind: "duplicate", runId: rows[0].runId, sameBody: true },
      ]);
    });

    it("tells a key behind a header's name from the bare key, up to the longest of both", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const bare = "k".repeat(255);
      const named = `${"h".repeat(64)}\t${bare}`;
      const { endpointId } = dedupe(bare);
      const keyed = (shard: number, key: string) => delivery({ shard, dedupe: dedupe(key, { endpointId }) });
      const first = [keyed(0, bare), keyed(1, named)] as const;
      expect(await journal.append(token, first)).toEqual([{ kind: "appended" }, { kind: "appended" }]);
      expect(await journal.append(token, [keyed(0, named), keyed(1, bare)])).toEqual([
        { kind: "duplicate", runId: first[1].runId, sameBody: true },
        { kind: "duplicate", runId: first[0].runId, sameBody: true },
      ]);
    });

    it("turns a hundred concurrent deliveries with the same key into one run, whichever process they reach", async () => {
      const { store, other } = harness();
      const left = await store.journal.join("left");
      await store.journal.claimShards(left, 32);
      const right = await other.journal.join("right");
      await other.journal.claimShards(right, 32);
      const key = dedupe("storm");
      const rows = Array.from({ length: 100 }, (_, index) => delivery({ shard: (index * 7) % 64, dedupe: key }));

      const outcomes = (
        await Promise.all(
          rows.map((row) => (row.shard < 32 ? store.journal.append(left, [row]) : other.journal.append(right, [row]))),
        )
      ).flat();

      const winners = rows.filter((_, index) => outcomes[index]?.kind === "appended");
      expect(winners).toHaveLength(1);
      for (const outcome of outcomes.filter((candidate) => candidate.kind !== "appended")) {
        expect(outcome).toEqual({ kind: "duplicate", runId: winners[0]?.runId, sameBody: true });
      }
      const stored = await Promise.all(rows.map((row) => store.journal.readRun(row.runId)));
      expect(stored.flat()).toHaveLength(1);
    });

    it("survives batches with the same keys in opposite orders", async () => {
      const { store, other } = harness();
      const left = await store.journal.join("left");
      await store.journal.claimShards(left, 32);
      const right = await other.journal.join("right");
      await other.journal.claimShards(right, 32);
      const keys = Array.from({ length: 20 }, (_, index) => dedupe(`k${index}`));
      const forwards = keys.map((key) => delivery({ shard: 1, dedupe: key }));
      const backwards = keys.toReversed().map((key) => delivery({ shard: 40, dedupe: key }));

      const outcomes = await Promise.all([
        store.journal.append(left, forwards),
        other.journal.append(right, backwards),
      ]);

      expect(outcomes.flat().filter((outcome) => outcome.kind === "appended")).toHaveLength(20);
      expect(outcomes.flat().filter((outcome) => outcome.kind === "duplicate")).toHaveLength(20);
    });

    it("lets only one of two different next segments win", async () => {
      const { journal } = harness().store;
      const { token } = await ownAll(harness().store, "a");
      const row = delivery();
      await journal.append(token, [row]);
      const outcomes = (
        await Promise.all(
          ["[1]", "[2]", "[3]", "[4]"].map((facts) => journal.append(token, [following(row, { facts })])),
        )
      ).flat();
      expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(["appended", "conflict", "conflict", "conflict"]);
      expect(await journal.readRun(row.runId)).toHaveLength(2);
    });
  });
}
