import { OwnerLost } from "../journal.ts";
import { delivery, following, ownAll, runId, useHarness } from "./harness.ts";
import type { CreateHarness, TestFunctions } from "./harness.ts";

export function describeOwnership(test: TestFunctions, create: CreateHarness): void {
  const { describe, expect, it } = test;

  describe("ownership", () => {
    const harness = useHarness(test, create);

    it("gives free shards with epoch 1 and the lowest watermark", async () => {
      const { journal } = harness().store;
      const token = await journal.join("a");
      const claimed = await journal.claimShards(token, 3);
      expect(claimed.map((shard) => shard.epoch)).toEqual([1, 1, 1]);
      expect(claimed.map((shard) => shard.watermark.timersFrom)).toEqual([0, 0, 0]);
      expect(claimed.every((shard) => shard.watermark.lowRunId <= runId(0, 0))).toBe(true);
    });

    it("gives every shard to exactly one of many owners that claim at the same time", async () => {
      const { store, other } = harness();
      const owners = await Promise.all(
        [1, 2, 3, 4, 5, 6].map((number) => (number % 2 ? store : other).journal.join(`${number}`)),
      );
      const claims = await Promise.all(
        owners.map((token, index) => (index % 2 === 0 ? store : other).journal.claimShards(token, 20)),
      );
      const shards = claims.flat().map((claimed) => claimed.shard);
      expect(shards.toSorted((left, right) => left - right)).toEqual(Array.from({ length: 64 }, (_, shard) => shard));
      expect(claims.every((claimed) => claimed.length <= 20)).toBe(true);
    });

    it("reports owners, shards and revisions with a heartbeat", async () => {
      const { store, other } = harness();
      const token = await store.journal.join("a");
      await store.journal.claimShards(token, 10);
      expect(await store.journal.heartbeat(token)).toMatchObject({ ownersAlive: 1, shardsTotal: 64, shardsFree: 54 });
      const second = await other.journal.join("b");
      expect(await other.journal.heartbeat(second)).toMatchObject({ ownersAlive: 2, shardsTotal: 64, shardsFree: 54 });
    });

    it("does not take shards from an owner that is alive", async () => {
      const { store, other } = harness();
      await ownAll(store, "a");
      expect((await ownAll(other, "b")).shards).toEqual([]);
    });

    it("frees released shards, and only the owner's own", async () => {
      const { store, other } = harness();
      const a = await ownAll(store, "a");
      const b = await other.journal.join("b");
      await other.journal.releaseShards(b, [1, 2]);
      expect(await other.journal.claimShards(b, 64)).toEqual([]);
      await store.journal.releaseShards(a.token, [1, 2]);
      const claimed = await other.journal.claimShards(b, 64);
      expect(claimed.map(({ shard, epoch }) => ({ shard, epoch }))).toEqual([
        { shard: 1, epoch: 2 },
        { shard: 2, epoch: 2 },
      ]);
      expect(await store.journal.append(a.token, [delivery({ shard: 1 })])).toEqual([{ kind: "fenced" }]);
      expect(await store.journal.append(a.token, [delivery({ shard: 3 })])).toEqual([{ kind: "appended" }]);
    });

    it("lets an owner work on with a shard that it gave away and has again", async () => {
      const { store, other } = harness();
      const a = await ownAll(store, "a");
      const before = delivery({ shard: 1 });
      expect(await store.journal.append(a.token, [before])).toEqual([{ kind: "appended" }]);
      await store.journal.releaseShards(a.token, [1]);
      const b = await other.journal.join("b");
      await other.journal.claimShards(b, 64);
      expect(await store.journal.append(a.token, [following(before)])).toEqual([{ kind: "fenced" }]);
      expect(await other.journal.append(b, [following(before)])).toEqual([{ kind: "appended" }]);
      await other.journal.releaseShards(b, [1]);
      expect((await store.journal.claimShards(a.token, 64)).map(({ shard, epoch }) => [shard, epoch])).toEqual([
        [1, 3],
      ]);
      // What it had in memory from before is behind, and what it reads now is not.
      const stale = following(before, { facts: JSON.stringify([{ kind: "timer", at: before.at + 2, node: "other" }]) });
      expect(await store.journal.append(a.token, [stale])).toEqual([{ kind: "conflict" }]);
      expect(await store.journal.append(a.token, [following(following(before))])).toEqual([{ kind: "appended" }]);
      expect((await other.journal.readRun(before.runId)).map(({ seq }) => seq)).toEqual([0, 1, 2]);
    });

    it("tells an owner soon that another one has joined, or has left", async () => {
      const { store, other } = harness();
      let heardNext: () => void = () => undefined;
      const next = (): Promise<void> => new Promise((resolve) => (heardNext = resolve));
      const own = next();
      await store.journal.join("a", { onOwners: () => heardNext() });
      await own;
      const joined = next();
      const b = await other.journal.join("b");
      await joined;
      const left = next();
      await other.journal.leave(b);
      await left;
    });

    it("frees everything when an owner leaves", async () => {
      const { store, other } = harness();
      const a = await ownAll(store, "a");
      await store.journal.leave(a.token);
      await expect(store.journal.heartbeat(a.token)).rejects.toThrow(OwnerLost);
      expect((await ownAll(other, "b")).shards).toHaveLength(64);
    });

    it("counts an owner whose lease expired as dead, and its shards as free", async () => {
      const { store, other } = harness();
      const a = await ownAll(store, "a");
      const b = await other.journal.join("b");
      await harness().expireLease(a.token, [b]);
      expect(await other.journal.heartbeat(b)).toMatchObject({ ownersAlive: 1, shardsFree: 64 });
    });

    it("keeps an owner whose heartbeat is late but comes before another owner looks", async () => {
      const { store, other } = harness();
      const a = await ownAll(store, "a");
      const b = await other.journal.join("b");
      await harness().expireLease(a.token, [b]);
      expect(await store.journal.heartbeat(a.token)).toMatchObject({ ownersAlive: 2, shardsFree: 0 });
      expect(await other.journal.claimShards(b, 64)).toEqual([]);
    });

    it("refuses the new runs, the watermarks and the heartbeat of an owner whose shards were taken", async () => {
      const { store, other } = harness();
      const a = await ownAll(store, "a");
      const b = await other.journal.join("b");
      await harness().expireLease(a.token, [b]);
      const taken = await other.journal.claimShards(b, 64);
      expect(taken.map((shard) => shard.epoch)).toEqual(Array.from({ length: 64 }, () => 2));
      await other.journal.loadUnfinished({ shard: 0, fromRunId: runId(0, 0), limit: 10, bytesMax: 1e6 });

      // A was paused: it prepared this run before B took over and looked for unfinished runs.
      const late = delivery();
      expect(await store.journal.append(a.token, [late])).toEqual([{ kind: "fenced" }]);
      expect(await other.journal.readRun(late.runId)).toEqual([]);
      await store.journal.storeWatermarks(a.token, [
        { shard: 0, lowRunId: runId(0), timersFrom: 5, signalsAfter: runId(0) },
      ]);
      await expect(store.journal.heartbeat(a.token)).rejects.toThrow(OwnerLost);
      await expect(store.journal.claimShards(a.token, 1)).rejects.toThrow(OwnerLost);

      await other.journal.releaseShards(b, [0]);
      const [again] = await other.journal.claimShards(b, 1);
      expect(again?.watermark).toMatchObject({ shard: 0, timersFrom: 0 });
    });

    it("gives the last stored watermark to the next owner, never a later one", async () => {
      const { store, other } = harness();
      const a = await ownAll(store, "a");
      const low = runId(4);
      const watermark = { shard: 4, lowRunId: low, timersFrom: 1_795_482_773_253_007, signalsAfter: runId(4) };
      await store.journal.storeWatermarks(a.token, [watermark]);
      await store.journal.releaseShards(a.token, [4, 5]);
      const b = await other.journal.join("b");
      const claimed = await other.journal.claimShards(b, 2);
      expect(claimed[0]?.watermark).toEqual(watermark);
      expect(claimed[1]?.watermark.timersFrom).toBe(0);
    });
  });
}
