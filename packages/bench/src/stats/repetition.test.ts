import { mean } from "simple-statistics";
import { expect, test } from "vitest";
import { bootstrapInterval } from "./bootstrap.ts";
import { compareFigures } from "./comparison.ts";
import type { Comparison, Pair } from "./comparison.ts";
import type { Interval } from "./interval.ts";
import { normalsFrom } from "./random-normal.ts";
import { planRepetition } from "./repetition.ts";
import type { RepetitionRule } from "./repetition.ts";
import { seededRandom } from "./seeded-random.ts";

const RULE: RepetitionRule = { relativeHalfWidth: 0.05, runsMin: 5, runsMax: 60, budgetMs: 600_000 };
const RUN_MS = 10_000;

/** Runs until the plan says done. */
function repeat(variation: number, rule: RepetitionRule, seed = 3) {
  const normal = normalsFrom(seededRandom(seed));
  const values: number[] = [];
  for (;;) {
    const interval = bootstrapInterval(values, (runs) => mean([...runs]), { seed: 1 });
    const plan = planRepetition(rule, {
      runs: values.length,
      elapsedMs: values.length * RUN_MS,
      intervals: [interval],
    });
    if (plan.kind === "done") return { ...plan, runs: values.length, interval };
    values.push(100 * (1 + variation * normal()));
  }
}

test("quiet figures stop at the fewest runs, noisy ones when their interval is tight", () => {
  expect(repeat(0.005, RULE)).toMatchObject({ because: "tight", runs: 5 });
  const noisy = repeat(0.12, RULE);
  expect(noisy).toMatchObject({ because: "tight" });
  expect(noisy.runs).toBeGreaterThan(12);
  expect(noisy.interval!.high - noisy.interval!.low).toBeLessThanOrEqual(0.1 * noisy.interval!.estimate);
});

test("the budget of time and the most runs end it earlier, and say so", () => {
  expect(repeat(0.5, { ...RULE, budgetMs: 85_000 })).toMatchObject({ because: "budget", runs: 8 });
  expect(repeat(0.5, { ...RULE, runsMax: 7 })).toMatchObject({ because: "runs", runs: 7 });
});

test("every figure must be tight, and the slowest says about how many more", () => {
  const interval = (half: number): Interval => ({
    estimate: 100,
    low: 100 - half,
    high: 100 + half,
    level: 0.95,
    count: 10,
  });
  const plan = (intervals: readonly (Interval | null)[]) =>
    planRepetition(RULE, { runs: 10, elapsedMs: 10 * RUN_MS, intervals });
  expect(plan([interval(4), interval(5)])).toEqual({ kind: "done", because: "tight" });
  // Twice as wide as wanted: about four times as many runs.
  expect(plan([interval(4), interval(10)])).toEqual({ kind: "again", about: 23 });
  expect(plan([interval(4), null])).toEqual({ kind: "again", about: null });
});

test("the first run is always made, whatever the budget", () => {
  expect(planRepetition({ ...RULE, budgetMs: 0 }, { runs: 0, elapsedMs: 0, intervals: [null] }).kind).toBe("again");
  expect(planRepetition({ ...RULE, budgetMs: 0 }, { runs: 1, elapsedMs: 10, intervals: [null] })).toEqual({
    kind: "done",
    because: "budget",
  });
});

/** Pairs of the same code, compared after each pair, until `isDone`; the last comparison. */
function compareUntil(isDone: (comparison: Comparison, pairs: number) => boolean, seed: number): Comparison {
  const normal = normalsFrom(seededRandom(seed));
  const runs: Pair[] = [];
  for (;;) {
    runs.push({ baseline: Math.exp(0.06 * normal()), candidate: Math.exp(0.06 * normal()) });
    const comparison = compareFigures([{ runs, isBetter: "lower", minimumEffect: 1e-9 }])[0]!;
    if (isDone(comparison, runs.length)) return comparison;
  }
}

test("stopping by the width nearly keeps the level; stopping at the first alarm does not", () => {
  const byWidth = (comparison: Comparison, count: number) =>
    planRepetition(RULE, { runs: count, elapsedMs: 0, intervals: [comparison.ratio] }).kind === "done";
  const atAlarm = (comparison: Comparison, count: number) => comparison.verdict === "worse" || count === RULE.runsMax;
  const alarms = (isDone: typeof byWidth) =>
    Array.from({ length: 150 }, (_, seed) => compareUntil(isDone, seed)).filter(
      ({ verdict }) => verdict === "worse" || verdict === "better",
    ).length / 150;
  expect(alarms(byWidth)).toBeLessThan(0.1);
  expect(alarms(atAlarm)).toBeGreaterThan(0.15);
});
