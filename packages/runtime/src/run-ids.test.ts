import { isRunId, msOfRunId, shardOfRunId } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { RunIds } from "./run-ids.ts";

const NOW = 1_700_000_000_000_000;

describe("RunIds", () => {
  it("creates ascending ids on owned shards, one shard between rotations", () => {
    const ids = new RunIds();
    ids.setShards([3, 63, 700]);
    const made: { runId: string; shard: number }[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const batch = Array.from({ length: 50 }, () => ids.next(NOW + turn));
      expect(new Set(batch.map(({ shard }) => shard)).size).toBe(1);
      made.push(...batch);
      ids.rotate();
    }
    const texts = made.map(({ runId }) => runId);
    expect(texts).toEqual([...texts].sort());
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.every(isRunId)).toBe(true);
    expect(made.every(({ runId, shard }) => shardOfRunId(runId) === shard)).toBe(true);
    expect(new Set(made.map(({ shard }) => shard))).toEqual(new Set([3, 63, 700]));
  });

  it("keeps ascending when one millisecond has more runs than the counter, and when the clock steps back", () => {
    const ids = new RunIds();
    ids.setShards([0]);
    const made = Array.from({ length: 10_000 }, () => ids.next(NOW).runId);
    made.push(ids.next(NOW - 5_000_000).runId);
    expect(made).toEqual([...made].sort());
    expect(new Set(made).size).toBe(made.length);
  });

  it("stays above a floor that an owner with a faster clock left", () => {
    const ids = new RunIds();
    ids.setShards([0]);
    ids.raise(NOW / 1_000 + 60_000);
    expect(msOfRunId(ids.next(NOW).runId)).toBeGreaterThanOrEqual(NOW / 1_000 + 60_000);
  });

  it("refuses to create an id without a shard", () => {
    expect(() => new RunIds().next(NOW)).toThrow("owns none");
  });
});
