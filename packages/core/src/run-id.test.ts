import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { childRunId, formatRunId, isRunId, msOfRunId, runIdFloor, SHARDS_MAX, shardOfRunId } from "./run-id.ts";

const ms = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const counter = fc.integer({ min: 0, max: 0xfff });
const shard = fc.integer({ min: 0, max: SHARDS_MAX - 1 });
const random = fc.stringMatching(/^[0-9a-f]{13}$/);

describe("run ids", () => {
  it("are UUIDv7 that carry time and shard", () => {
    fc.assert(
      fc.property(ms, counter, shard, random, (time, count, place, digits) => {
        const id = formatRunId(time, count, place, digits);
        expect(isRunId(id)).toBe(true);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(msOfRunId(id)).toBe(time);
        expect(shardOfRunId(id)).toBe(place);
      }),
    );
  });

  it("sort by time, then by counter", () => {
    fc.assert(
      fc.property(ms, ms, counter, counter, shard, shard, (time, otherTime, count, otherCount, place, otherPlace) => {
        const id = formatRunId(time, count, place, "0123456789abc");
        const other = formatRunId(otherTime, otherCount, otherPlace, "fedcba9876543");
        if (time !== otherTime) expect(id < other).toBe(time < otherTime);
        else if (count !== otherCount) expect(id < other).toBe(count < otherCount);
      }),
    );
  });

  it("have a floor: at or below every id of its time, above every earlier one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 48 - 1 }), counter, shard, random, (time, count, place, digits) => {
        expect(isRunId(runIdFloor(time))).toBe(true);
        expect(runIdFloor(time) <= formatRunId(time, count, place, digits)).toBe(true);
        expect(runIdFloor(time) > formatRunId(time - 1, count, place, digits)).toBe(true);
      }),
    );
    expect(runIdFloor(-5)).toBe(runIdFloor(0));
    expect(runIdFloor(7.9)).toBe(runIdFloor(7));
  });

  it("of children follow from the parent, the step and the time, and keep the shard", () => {
    const parent = formatRunId(1_795_478_400_000, 7, 42, "0123456789abc");
    const at = 1_795_478_460_123_456;
    const child = childRunId(parent, "ship-3", at);
    expect(childRunId(parent, "ship-3", at)).toBe(child);
    expect(isRunId(child)).toBe(true);
    expect(shardOfRunId(child)).toBe(42);
    expect(msOfRunId(child)).toBe(1_795_478_460_123);
    const others = [
      childRunId(parent, "ship-4", at),
      childRunId(parent, "ship", at),
      childRunId(parent, "ship-3", at + 1_000),
      childRunId(formatRunId(1_795_478_400_000, 8, 42, "0123456789abc"), "ship-3", at),
    ];
    expect(new Set([child, ...others]).size).toBe(5);
  });

  it("have one written form", () => {
    const id = formatRunId(1_795_478_400_000, 0, 5, "0123456789abc");
    expect(id).toBe("01a2b1d4-c000-7000-8050-123456789abc".replace(/^.{13}/, id.slice(0, 13)));
    for (const text of [
      "",
      id.toUpperCase(),
      `{${id}}`,
      id.replaceAll("-", ""),
      `${id}\n`,
      id.replace("-7", "-4"),
      id.replace("-8", "-c"),
    ]) {
      expect(isRunId(text)).toBe(false);
    }
  });
});
