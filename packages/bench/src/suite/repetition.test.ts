import { expect, test } from "vitest";
import { blocksOf, QUIET_CANARY } from "../../test/planted-evidence.ts";
import type { ScenarioResult } from "../result/result.ts";
import { scenarioNamed } from "../scenario/catalogue.ts";
import { withTimes } from "../scenario/load.ts";
import { planBlocks, repetitionOf, ruleOf } from "./blocks.ts";
import { judgeScenario } from "./judge.ts";
import { describeRepetition, mayPass, planMore } from "./repetition.ts";

const described = scenarioNamed("webhook-ack-nominal");
if (described.load.kind !== "paced") throw new Error("It has a rate.");
const nominal = { ...described, load: withTimes(described.load, { warmupMs: 1_000, durationMs: 3_500 }) };
const RULE = { blocksMin: 5, blocksMax: 12, isUntilTight: true };
const HOUR = { usedMs: 60_000, leftMs: 3_600_000 };

/** Blocks whose answers take so many times as long as usual. */
function measured(factors: readonly number[]): ScenarioResult {
  const evidences = blocksOf(nominal, factors.length, (block) => ({
    request: (moments) => {
      for (const moment of ["received", "committed", "answered", "done"] as const)
        moments[moment] *= factors[block] ?? 1;
    },
  }));
  return judgeScenario(evidences, { seed: 1, canaryBest: QUIET_CANARY });
}

const even = measured([1, 1, 1, 1, 1]);
const restless = measured([1, 2.5, 1.4, 0.7, 2]);

test("even blocks are enough at the fewest, restless ones ask for about so many more", () => {
  expect(planMore(even, RULE, HOUR)).toEqual({ kind: "done", because: "tight" });
  expect(describeRepetition(even, RULE, HOUR)).toMatchObject({ because: "tight", moreBlocks: 0 });
  const plan = planMore(restless, RULE, HOUR);
  expect(plan.kind).toBe("again");
  const { moreBlocks, figures } = describeRepetition(restless, RULE, HOUR);
  expect(moreBlocks).toBeGreaterThan(10);
  expect(plan).toMatchObject({ about: moreBlocks });
  expect(figures.find(({ metric }) => metric === "latency.ack.p50Ms")).toMatchObject({ isTight: false });
});

test("a figure far below its limit is known well enough long before it is known to a tenth", () => {
  const { figures } = describeRepetition(measured([1, 1.3, 0.8, 1.1, 0.9]), RULE, HOUR);
  const isTight = (name: string) => figures.find(({ metric }) => metric === name)?.isTight;
  expect(isTight("latency.ack.p50Ms")).toBe(false);
  // Its limit is 12 ms, and it is about 2.
  expect(isTight("latency.ack.p99Ms")).toBe(true);
});

test("the time of the suite, the most blocks and a fixed number end it, and are told apart", () => {
  const out = { usedMs: 60_000, leftMs: 5_000 };
  expect(planMore(restless, RULE, out)).toEqual({ kind: "done", because: "budget" });
  expect(describeRepetition(restless, RULE, out).because).toBe("budget");
  expect(describeRepetition(restless, { ...RULE, blocksMax: 5 }, HOUR).because).toBe("blocks");
  const fixed = { ...RULE, isUntilTight: false };
  expect(planMore(restless, fixed, HOUR).kind).toBe("done");
  expect(describeRepetition(restless, fixed, HOUR)).toMatchObject({ because: "planned" });
  // What is missing is said all the same.
  expect(describeRepetition(restless, fixed, HOUR).moreBlocks).toBeGreaterThan(10);
});

test("too few blocks for an interval are not tight, and nobody can say how many are missing", () => {
  expect(describeRepetition(measured([1, 1, 1]), { ...RULE, blocksMin: 3 }, HOUR)).toMatchObject({ moreBlocks: null });
});

test("the quick suite and a number that was asked for are fixed; scenarios that cannot be cut are not repeated until tight", () => {
  const rule = (suite: string, name: string, blocks: number | null = null) => {
    const repetition = repetitionOf(suite, blocks);
    return ruleOf(planBlocks(scenarioNamed(name), repetition), repetition);
  };
  expect(rule("standard", "webhook-ack-nominal")).toEqual(RULE);
  expect(rule("quick", "webhook-ack-nominal").isUntilTight).toBe(false);
  expect(rule("standard", "webhook-ack-nominal", 7)).toMatchObject({ blocksMin: 7, isUntilTight: false });
  expect(rule("standard", "fault-kill-9").isUntilTight).toBe(false);
});

test("a limit that every block misses gets no further block; one that most of them miss does", () => {
  const slow = measured([40, 40, 40]);
  expect(slow.thresholds.filter(({ holds }) => !holds)).not.toHaveLength(0);
  expect(mayPass(slow)).toBe(false);
  expect(mayPass(measured([40, 1, 40]))).toBe(true);
  // Two misses do not agree yet.
  expect(mayPass(measured([40, 40]))).toBe(true);
  expect(mayPass(even)).toBe(false);
});
