import { describe, expect, test } from "vitest";
import { attribute } from "./attribute.ts";
import type { SlowWait } from "./attribute.ts";
import { explain, machineShare } from "./causes.ts";
import type { Evidence } from "./evidence.ts";

const SECOND = 1_000_000;

/** A load of ten seconds. */
const LOAD = { fromUs: 0, untilUs: 10 * SECOND, typicalUs: 2_000 };

function wait(fromMs: number, lengthMs: number, lateMs = 0): SlowWait {
  return { fromUs: fromMs * 1_000, sentUs: (fromMs + lateMs) * 1_000, untilUs: (fromMs + lengthMs) * 1_000 };
}

function seen(cause: Evidence["cause"], fromMs: number, lengthMs: number, weight = 1, what = ""): Evidence {
  return { cause, fromUs: fromMs * 1_000, untilUs: (fromMs + lengthMs) * 1_000, weight, what };
}

function shares(waits: readonly SlowWait[], evidence: readonly Evidence[]) {
  const { causes, unexplainedShare } = explain(attribute({ ...LOAD, waits, evidence }), evidence);
  return {
    ...Object.fromEntries(causes.map(({ cause, share }) => [cause, Math.round(share * 100) / 100])),
    unexplained: Math.round(unexplainedShare * 100) / 100,
  };
}

describe("a slow request", () => {
  test("that waited through a collection is explained by it", () => {
    expect(shares([wait(5_000, 22)], [seen("collection", 5_001, 20)])).toEqual({ collection: 1, unexplained: 0 });
  });

  test("that nothing explains is not explained", () => {
    expect(shares([wait(5_000, 22)], [seen("collection", 4_000, 20), seen("disk", 5_100, 200)])).toEqual({
      unexplained: 1,
    });
    expect(shares([wait(5_000, 22)], [])).toEqual({ unexplained: 1 });
  });

  test("has as much explained as was seen, and no more", () => {
    expect(shares([wait(5_000, 102)], [seen("lock", 5_010, 50)])).toEqual({ lock: 0.5, unexplained: 0.5 });
    // A load is busy around a wait as well: what was seen outside the wait does not count.
    expect(shares([wait(5_000, 102)], [seen("lock", 5_090, 500)])).toMatchObject({ unexplained: 0.89 });
  });

  test("was late by its generator for as long as it was not sent", () => {
    expect(shares([wait(5_000, 42, 20)], [seen("event-loop", 5_000, 42)])).toEqual({
      generator: 0.48,
      "event-loop": 0.52,
      unexplained: 0,
    });
  });
});

describe("several causes at one instant", () => {
  test("the outer one counts: a collection without a CPU is a matter of the CPU", () => {
    const evidence = [seen("event-loop", 5_000, 40), seen("collection", 5_000, 40), seen("cpu", 5_000, 40, 0.75)];
    expect(shares([wait(5_000, 42)], evidence)).toEqual({ cpu: 0.75, collection: 0.25, unexplained: 0 });
  });

  test("commits that waited for a disk that was slow for others too waited for the disk", () => {
    const evidence = [seen("disk", 5_060, 42, 1), seen("wal-flush", 5_000, 102, 1, "IO:WalSync")];
    expect(shares([wait(5_000, 102)], evidence)).toEqual({ disk: 1, unexplained: 0 });
    // Without a slow flush beside them the log is all that can be named.
    expect(shares([wait(5_000, 102)], evidence.slice(1))).toMatchObject({
      "wal-flush": expect.closeTo(1, 1) as number,
    });
  });

  test("shares never exceed the whole", () => {
    const evidence = [seen("steal", 4_000, 3_000, 0.7), seen("cpu", 4_900, 300), seen("database", 4_990, 80)];
    const waits = [wait(5_000, 40), wait(5_010, 30), wait(5_020, 25, 5)];
    const { causes, unexplainedShare } = explain(attribute({ ...LOAD, waits, evidence }), evidence);
    expect(causes.reduce((sum, { share }) => sum + share, unexplainedShare)).toBeCloseTo(1, 6);
  });
});

describe("what happens all the time", () => {
  test("explains nothing", () => {
    expect(shares([wait(5_000, 102)], [seen("checkpoint", 0, 10_000)])).toEqual({ unexplained: 1 });
    expect(shares([wait(5_000, 102)], [seen("steal", 0, 10_000, 0.3)])).toEqual({ unexplained: 1 });
  });

  test("explains what it was more than usual", () => {
    const evidence = [seen("steal", 0, 4_990, 0.2), seen("steal", 4_990, 120, 0.9), seen("steal", 5_110, 4_890, 0.2)];
    expect(shares([wait(5_000, 102)], evidence)).toMatchObject({ steal: 0.71 });
  });

  test("is judged over the whole load where nearly all of it was slow", () => {
    const waits = Array.from({ length: 100 }, (_, n) => wait(n * 100, 100));
    expect(shares(waits, [seen("vacuum", 0, 10_000)])).toEqual({ unexplained: 1 });
  });
});

test("an episode's causes are weighted by the time that its requests waited, and told with the longest figure", () => {
  const evidence = [seen("collection", 5_000, 14, 1, "major"), seen("collection", 5_100, 3, 1, "minor")];
  const waits = [wait(5_000, 16), wait(5_008, 10), wait(5_100, 26)];
  const { causes, unexplainedShare } = explain(attribute({ ...LOAD, waits, evidence }), evidence);
  // 14 of 14, 6 of 8, 3 of 24 milliseconds.
  expect(causes).toEqual([
    {
      cause: "collection",
      share: expect.closeTo(23 / 46, 2) as number,
      text: "MeshHook was collecting garbage (major), for up to 14 ms at a time.",
    },
  ]);
  expect(unexplainedShare).toBeCloseTo(23 / 46, 2);
  expect(machineShare(causes)).toBe(0);
});
