import { describe, expect, test } from "vitest";
import type { CanaryReading, ScenarioResult } from "../src/result/result.ts";
import { lasting } from "../src/scenario/change.ts";
import { scenarioNamed } from "../src/scenario/catalogue.ts";
import type { Scenario } from "../src/scenario/scenario.ts";
import { seededRandom } from "../src/stats/index.ts";
import type { Evidence } from "../src/suite/evidence.ts";
import { figuresOf } from "../src/suite/figures.ts";
import { joinBlocks } from "../src/suite/join/join-blocks.ts";
import { judgeScenario } from "../src/suite/judge.ts";
import { blocksOf, QUIET_CANARY, STARTED_US, stalling, stallingEvery } from "./planted-evidence.ts";
import type { Planted } from "./planted-evidence.ts";

const webhookAckNominal = scenarioNamed("webhook-ack-nominal");
const logs1Subscriber = scenarioNamed("logs-1-subscriber");

function judged(
  count: number,
  plantedIn: (block: number) => Planted,
  scenario: Scenario = webhookAckNominal,
): ScenarioResult {
  return judgeScenario(blocksOf(scenario, count, plantedIn), { seed: 7, canaryBest: QUIET_CANARY });
}

/** Everything after the commit takes so much longer. */
function slowerBy(ms: number): NonNullable<Planted["request"]> {
  return (moments) => {
    for (const moment of ["committed", "answered", "done", "lastLine"] as const) moments[moment] += ms * 1_000;
  };
}

const STEAL: Planted = { host: { stealTicks: 20 } };

describe("several blocks", () => {
  test("are one result: counts add up, percentiles are of all requests together, and shares stay shares", () => {
    const one = judged(1, () => ({}));
    const three = judged(3, () => ({}));
    expect(three.status).toBe("passed");
    expect(three.answers.due).toBe(3 * one.answers.due);
    expect(three.audit.runs).toBe(3 * one.audit.runs);
    expect(three.latency["ack"]?.count).toBe(4_500);
    expect(three.load.durationMs).toBe(45_000);
    expect(three.throughput?.completedPerSecond).toBeCloseTo(100, 0);
    expect(three.work?.walBytes).toBeCloseTo(one.work?.walBytes ?? 0, 0);
    expect(three.work?.statements).toBeCloseTo(one.work?.statements ?? 0, 6);
    expect(three.phases.map(({ name }) => name)).toEqual(one.phases.map(({ name }) => name));
    expect(three.phases.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(three.host.stealShare).toBe(one.host.stealShare);
    expect(three.resources.map(({ name }) => name)).toEqual(one.resources.map(({ name }) => name));
  });

  test("follow each other on one timeline, without the time between them", () => {
    const { blocks = [], series } = judged(3, () => ({}));
    expect(blocks.map(({ fromMs, untilMs }) => [fromMs, untilMs])).toEqual([
      [3_000, 18_000],
      [22_000, 37_000],
      [41_000, 56_000],
    ]);
    expect(series.map(({ second }) => second)).toEqual(series.map(({ second }) => second).toSorted((a, b) => a - b));
    for (const { fromMs, untilMs } of blocks) {
      const within = series.filter(({ second }) => second >= fromMs / 1_000 && second + 1 <= untilMs / 1_000);
      expect(within).toHaveLength(15);
      for (const { acked, meshhookCpuShare } of within) {
        expect(acked).toBeGreaterThan(90);
        expect(meshhookCpuShare).toBeLessThan(0.5);
      }
    }
  });

  test("keep each request with its own run and its own causes", () => {
    const stall = { fromUs: STARTED_US + 9_000_000, untilUs: STARTED_US + 9_450_000 };
    const { tail, episodes } = judged(3, (block) =>
      block !== 1
        ? {}
        : {
            request: stalling(9_000_000, 450_000),
            evidence: () => ({
              probe: {
                collections: [{ kind: "collection" as const, type: "major" as const, ...stall }],
                busy: [],
                seconds: [],
              },
            }),
          },
    );
    // The second block begins at second 19.
    expect(episodes.longest[0]?.fromMs).toBeCloseTo(28_000, -2);
    expect(tail?.slowest[0]?.runId).toMatch(/^01890000-0000-7000-8001-/);
    expect(tail?.slowest[0]?.dueMs).toBeCloseTo(28_000, -2);
    // Two of the blocks had no probe, so nothing is said about what only one of them saw.
    expect(tail?.notWatched).toContain("MeshHook's garbage collector and event loop");
    const watched = judged(3, (block) => ({
      ...(block === 1 ? { request: stalling(9_000_000, 450_000) } : {}),
      evidence: () => ({
        probe: {
          collections: block === 1 ? [{ kind: "collection" as const, type: "major" as const, ...stall }] : [],
          busy: [],
          seconds: [],
        },
      }),
    }));
    expect(watched.tail?.causes[0]).toMatchObject({ cause: "collection" });
  });

  test("do not mix up the runs of live logs, kills and orders", () => {
    const blocks = blocksOf(logs1Subscriber, 3, () => ({}));
    const figures = figuresOf(joinBlocks(blocks));
    expect(figures.errors).toMatchObject({ stream_gap: 0, stream_missing_end: 0 });
    expect(figures.latency["lag"]?.failed).toBe(0);
    expect(figures.impossible).toBeNull();
    expect(figures.audit.beforeCommit).toBe(0);
  });
});

describe("a block that was disturbed", () => {
  test("is left out of the times where two others were quiet, and listed with its reason", () => {
    const result = judged(3, (block) => (block === 1 ? { ...STEAL, request: slowerBy(40) } : {}));
    expect(result.status).toBe("passed");
    expect(result.latency["ack"]).toMatchObject({ count: 3_000 });
    expect(result.latency["ack"]?.p99Ms).toBeLessThan(4);
    expect(result.disturbances).toEqual([]);
    const [, left] = result.blocks ?? [];
    expect(left).toMatchObject({ isJudged: false, disturbances: [{ metric: "host.stealShare" }] });
    expect(left?.latency["ack"]?.p99Ms).toBeGreaterThan(40);
    expect(left?.missed).toContain("latency.ack.p99Ms <= 12");
  });

  test("still counts for everything that is counted", () => {
    const result = judged(3, (block) =>
      block === 1
        ? {
            ...STEAL,
            request: (moments, n) => {
              if (n === 700) moments.outcome = 503;
            },
          }
        : {},
    );
    expect(result.status).toBe("failed");
    expect(result.answers).toMatchObject({ due: 5_400, unexpected: 1 });
  });

  test("is not left out for its figures: without a sign of the machine's own, it is MeshHook's", () => {
    const result = judged(3, (block) => (block === 1 ? { request: slowerBy(40) } : {}));
    expect(result.blocks?.map(({ isJudged }) => isJudged)).toEqual([true, true, true]);
    expect(result.latency["ack"]?.p99Ms).toBeGreaterThan(40);
  });

  test("makes the scenario inconclusive where too few are quiet", () => {
    const result = judged(3, (block) => (block < 2 ? { ...STEAL, request: slowerBy(40) } : { request: slowerBy(40) }));
    expect(result.status).toBe("inconclusive");
    expect(result.blocks?.every(({ isJudged }) => isJudged)).toBe(true);
    expect(result.reasons[0]?.text).toContain("other guests of the hypervisor");
  });
});

describe("a missed limit", () => {
  test("is a failure when repetitions on a quiet machine confirm it", () => {
    const result = judged(3, () => ({ request: slowerBy(40) }));
    expect(result.status).toBe("failed");
    expect(result.reasons[0]?.text).toContain("Nothing disturbed the machine, and all 3 blocks miss it.");
  });

  test("is inconclusive when it was measured once", () => {
    const result = judged(1, () => ({ request: slowerBy(40) }));
    expect(result.status).toBe("inconclusive");
    expect(result.reasons[0]?.text).toContain("measured only once");
  });

  test("is inconclusive when most blocks hold it, with about how many more would tell", () => {
    const result = judged(5, (block) => ({ request: slowerBy([0.2, 2.4, 0.4, 3.1, 0.1][block] ?? 0) }));
    const p50 = result.thresholds.find(({ expression }) => expression === "latency.ack.p50Ms <= 3");
    expect(p50?.blocks).toMatchObject({ judged: 5, missed: 2 });
    const mostly = judged(5, (block) => ({ request: slowerBy([9, 11.5, 9.5, 14, 10][block] ?? 0) }));
    const p99 = mostly.thresholds.find(({ expression }) => expression === "latency.ack.p99Ms <= 12");
    expect(p99).toMatchObject({ holds: false, blocks: { judged: 5, missed: 2 } });
    const reason = mostly.reasons.find(({ text }) => text.includes("Only 2 of 5 blocks"));
    expect(reason?.verdict).toBe("inconclusive");
    expect(reason?.next).toMatch(/about \d+ more blocks?\.$/);
  });

  test("is inconclusive on a machine whose own floors leave no room for it, which says what the limit would be there", () => {
    const slowCpu = judged(3, () => ({ request: slowerBy(2.5), evidence: () => ({ rawHttpCpuUs: 86 }) }));
    expect(slowCpu.status).toBe("inconclusive");
    expect(slowCpu.thresholds.find(({ expression }) => expression === "latency.ack.p50Ms <= 3")).toMatchObject({
      holds: false,
      limitHere: expect.closeTo(6, 1) as number,
    });
    expect(slowCpu.reasons[0]?.text).toContain("the limit would be 6");
    const slowDisk: NonNullable<Planted["evidence"]> = ({ witness }) =>
      witness === undefined ? {} : { witness: { ...witness, flushes: flushesOf(2.3) } };
    expect(judged(3, () => ({ request: slowerBy(2.5), evidence: slowDisk })).status).toBe("inconclusive");
    // Much slower than the floors explain is MeshHook's own.
    expect(judged(3, () => ({ request: slowerBy(40), evidence: slowDisk })).status).toBe("failed");
    expect(judged(3, () => ({ request: slowerBy(40), evidence: () => ({ rawHttpCpuUs: 86 }) })).status).toBe("failed");
  });
});

test("a period that a single one of several blocks shows is chance; one that most of them show is not", () => {
  const periodic: Planted = { request: stallingEvery(1_500_000, 200_000) };
  expect(judged(3, (block) => (block === 1 ? periodic : {})).episodes.period).toBeNull();
  const { period } = judged(3, (block) => (block === 1 ? {} : periodic)).episodes;
  expect(period?.everyMs).toBeCloseTo(1_500, -2);
});

/** Of a disk that takes so long for each. */
function flushesOf(ms: number): readonly { readonly fromUs: number; readonly untilUs: number }[] {
  return Array.from({ length: 180 }, (_, n) => {
    const fromUs = STARTED_US + n * 100_000;
    return { fromUs, untilUs: fromUs + ms * 1_000 };
  });
}

describe("intervals", () => {
  test("of five blocks and more have a level; of fewer they are the range of the blocks", () => {
    const five = judged(5, (block) => ({ request: slowerBy(block * 0.1) })).intervals ?? {};
    const three = judged(3, (block) => ({ request: slowerBy(block * 0.1) })).intervals ?? {};
    expect(five["latency.ack.p50Ms"]).toMatchObject({ level: 0.95, blocks: 5 });
    expect(three["latency.ack.p50Ms"]).toMatchObject({ level: null, blocks: 3 });
    for (const intervals of [five, three]) {
      for (const metric of [
        "latency.ack.p50Ms",
        "latency.ack.p99Ms",
        "latency.done.meanMs",
        "throughput.completedPerSecond",
        "work.walBytes",
        "work.meshhookCpuMs",
      ]) {
        const { low = Number.NaN, high = Number.NaN } = intervals[metric] ?? {};
        expect(low).toBeLessThanOrEqual(high);
      }
      expect(intervals["latency.ack.p999Ms"]).toBeUndefined();
    }
  });

  test("hold the figure that they belong to, and are the same for the same seed", () => {
    const result = judged(6, (block) => ({ request: slowerBy([0.3, 0, 0.9, 0.5, 0.1, 0.7][block] ?? 0) }));
    for (const name of ["ack", "done", "service"]) {
      for (const statistic of ["p50Ms", "p90Ms", "p99Ms", "meanMs"] as const) {
        const value = result.latency[name]?.[statistic] ?? Number.NaN;
        const interval = result.intervals?.[`latency.${name}.${statistic}`];
        expect(interval?.low).toBeLessThanOrEqual(value * 1.01);
        expect(interval?.high).toBeGreaterThanOrEqual(value * 0.99);
      }
    }
    expect(judged(6, (block) => ({ request: slowerBy([0.3, 0, 0.9, 0.5, 0.1, 0.7][block] ?? 0) })).intervals).toEqual(
      result.intervals,
    );
  });

  test("are missing for a percentile that lies among what never came", () => {
    const result = judged(5, () => ({
      request: (moments, n) => {
        if (n % 10 === 0) moments.outcome = 503;
      },
    }));
    expect(result.intervals?.["latency.ack.p99Ms"]).toBeUndefined();
    expect(result.intervals?.["latency.ack.p50Ms"]).toBeDefined();
  });
});

test("log that a checkpoint before the block caused is not a run's: the limit allows for as many whole pages as were written", () => {
  const withPages = (walFullPageImages: number): Planted => ({
    evidence: ({ measured, activity }) => ({
      activity: { ...activity, walFullPageImages },
      measured: {
        ...measured,
        until: {
          ...measured.until,
          database: { ...measured.until.database, walBytes: measured.until.database.walBytes * 1.3 },
        },
      },
    }),
  });
  expect(judged(3, () => ({ ...withPages(420), ...STEAL })).status).toBe("passed");
  expect(judged(3, () => ({ ...withPages(2), ...STEAL })).status).toBe("failed");
});

test("a percentile that the quiet blocks are too few to carry holds if it holds over all, which are slower if anything", () => {
  // 400 requests each: p99 takes three such blocks.
  const short = lasting(webhookAckNominal, { durationMs: 4_000, warmupMs: 1_000 });
  const withTwoQuiet = (slowMs: number) =>
    judged(7, (block) => (block < 2 ? {} : { ...STEAL, request: slowerBy(slowMs) }), short);
  const p99 = (result: ReturnType<typeof judged>) =>
    result.thresholds.find(({ expression }) => expression.startsWith("latency.ack.p99Ms"));
  const held = withTwoQuiet(1);
  expect(held.latency["ack"]?.p99Ms).toBeNull();
  expect(p99(held)).toMatchObject({ holds: true, actual: expect.any(Number) as number });
  expect(held.status).toBe("passed");
  // In the others the machine was disturbed, so that a miss in them says nothing.
  const missed = withTwoQuiet(40);
  expect(p99(missed)).toMatchObject({ holds: false, actual: null });
  expect(missed.status).toBe("inconclusive");
});

describe("the same code on a busy machine", () => {
  /** Stalls of every length at random times; the machine's own signs show most of what it did, not all. */
  function busyBlock(random: () => number): Planted {
    const busyness = random();
    const stalls = Array.from({ length: Math.floor(12 * busyness * busyness) }, () => {
      const fromUs = random() * 17_000_000;
      return { fromUs, untilUs: fromUs + (10 + 500 * random() ** 3) * 1_000 };
    });
    const slowdown = 1 + 15 * busyness ** 3;
    const canary = (): CanaryReading => ({
      cpuMs: 5 * (1 + 0.6 * busyness * random()),
      flushMs: 0.2 * (1 + 30 * busyness ** 2 * random()),
      roundTripMs: 0.04 * (1 + 20 * busyness ** 2 * random()),
    });
    return {
      request: (moments, n, intendedUs) => {
        for (const moment of ["received", "committed", "answered", "done", "lastLine"] as const)
          moments[moment] *= slowdown;
        for (const { fromUs, untilUs } of stalls) stalling(fromUs, untilUs - fromUs)(moments, n, intendedUs);
      },
      // A witness that flushes ten times a second misses short stalls.
      stalls: stalls.filter(({ fromUs, untilUs }) => random() < (untilUs - fromUs) / 150_000),
      host: {
        stealTicks: 6 * busyness ** 2 * random(),
        cpuPressureUs: 500_000 * busyness ** 1.5,
        ioPressureUs: 300_000 * busyness * random(),
      },
      evidence: ({ witness }: Evidence) => ({
        canary: { before: canary(), after: canary() },
        rawHttpCpuUs: 43 * (1 + busyness),
        ...(witness === undefined
          ? {}
          : {
              witness: {
                ...witness,
                timerLateMsP99: 40 * busyness ** 2,
                flushMsP50: 0.4 + 8 * busyness ** 2,
                flushes: flushesOf(0.4 + 8 * busyness ** 2),
              },
            }),
      }),
    };
  }

  test.each([webhookAckNominal, logs1Subscriber])(
    "is never called failed: $name in 20 suites",
    (scenario) => {
      const verdicts = new Map<string, number>();
      for (let seed = 1; seed <= 20; seed += 1) {
        const random = seededRandom(seed);
        const { status, reasons } = judged(3, () => busyBlock(random), scenario);
        verdicts.set(status, (verdicts.get(status) ?? 0) + 1);
        if (status === "failed") expect(reasons.map(({ text }) => text)).toEqual([]);
      }
      expect([...verdicts.keys()].toSorted()).toEqual(["inconclusive", "passed"]);
      expect(verdicts.get("passed")).toBeGreaterThan(3);
    },
    120_000,
  );
});
