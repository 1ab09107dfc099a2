import { expect, test } from "vitest";
import { compareFigures } from "./comparison.ts";
import type { ComparisonInput, Pair } from "./comparison.ts";
import { detectableEffect, pairsNeededFor } from "./power.ts";
import { normalsFrom } from "./random-normal.ts";
import { seededRandom } from "./seeded-random.ts";

interface Noise {
  readonly random: () => number;
  /** Coefficient of variation of a single run. */
  readonly variation: number;
  /** Share of the runs that hit a stall and take half as much again. */
  readonly stalls?: number;
}

/** Pairs on a machine whose speed drifts by up to a third, where the candidate takes `ratio` of the baseline's time. */
function pairs(count: number, ratio: number, { random, variation, stalls = 0 }: Noise): Pair[] {
  const normal = normalsFrom(random);
  const run = (machine: number) => machine * Math.exp(variation * normal()) * (random() < stalls ? 1.5 : 1);
  return Array.from({ length: count }, (_, index) => {
    const machine = 10 * (1 + 0.3 * Math.sin(index / 3));
    return { baseline: run(machine), candidate: run(machine) * ratio };
  });
}

const noise = (variation: number, seed = 1): Noise => ({ random: seededRandom(seed), variation });
const compare = (
  runs: ComparisonInput["runs"],
  isBetter: ComparisonInput["isBetter"] = "lower",
  minimumEffect = 0.05,
) => compareFigures([{ runs, isBetter, minimumEffect }])[0]!;

test("a clear gain is better where lower is better, and worse where higher is", () => {
  const faster = pairs(12, 0.8, noise(0.02));
  expect(compare(faster)).toMatchObject({ verdict: "better", missing: null });
  expect(compare(faster, "higher").verdict).toBe("worse");
  expect(compare(faster).ratio?.estimate).toBeCloseTo(0.8, 1);
  expect(compare(faster).effectSize).toBeLessThan(-3);
});

test("a loss of 12 % is worse, although the machine drifts by far more than that", () => {
  expect(compare(pairs(12, 1.12, noise(0.02)))).toMatchObject({ verdict: "worse" });
});

test("no difference is the same only when the interval lies within the smallest effect that counts", () => {
  expect(compare(pairs(20, 1, noise(0.02))).verdict).toBe("same");
  expect(compare(pairs(20, 1, noise(0.02)), "lower", 0.001).verdict).toBe("inconclusive");
});

test("a difference that is certain but too small to matter is the same", () => {
  const comparison = compare(pairs(20, 1.02, noise(0.001)));
  expect(comparison.verdict).toBe("same");
  expect(comparison.ratio?.low).toBeGreaterThan(1.01);
});

test("what the spread does not decide is inconclusive, and with the pairs it asks for it is decided", () => {
  const few = compare(pairs(6, 1, noise(0.06)));
  expect(few.verdict).toBe("inconclusive");
  expect(few.missing).toBeGreaterThan(3);
  expect(compare(pairs(6 + 2 * few.missing!, 1, noise(0.06))).verdict).toBe("same");
});

test("fewer than four pairs are inconclusive and ask for the rest; three runs on a side as well", () => {
  const nothing = { verdict: "inconclusive", ratio: null, effectSize: null, p: null };
  expect(compare(pairs(3, 0.5, noise(0.01)))).toEqual({ ...nothing, missing: 1 });
  expect(compare([])).toEqual({ ...nothing, missing: 4 });
  expect(compare({ baseline: [1, 2, 3, 4, 5], candidate: [9, 9, 9] })).toEqual({ ...nothing, missing: 1 });
});

test("runs without any variation are decided by their ratio alone", () => {
  const exact = (candidate: number) => Array.from({ length: 4 }, () => ({ baseline: 2, candidate }));
  expect(compare(exact(2))).toMatchObject({ verdict: "same", effectSize: null });
  expect(compare(exact(3))).toMatchObject({ verdict: "worse", p: 0 });
  expect(compare(exact(2.05))).toMatchObject({ verdict: "same" });
});

test("groups of runs are compared by Welch's test: the example of R's t.test, as logarithms", () => {
  const baseline = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2].map(Math.exp);
  const candidate = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4].map(Math.exp);
  const { ratio, verdict } = compare({ baseline, candidate });
  expect(Math.log(ratio!.low)).toBeCloseTo(-0.2054832, 6);
  expect(Math.log(ratio!.high)).toBeCloseTo(3.3654832, 6);
  expect(verdict).toBe("inconclusive");
});

test("an alarm must hold over all figures that are compared at once", () => {
  const weak: ComparisonInput = {
    runs: pairs(8, 1.1, noise(0.03, 5)),
    isBetter: "lower",
    minimumEffect: 0.05,
  };
  const quiet = Array.from({ length: 30 }, (_, seed): ComparisonInput => ({
    runs: pairs(8, 1, noise(0.03, 100 + seed)),
    isBetter: "lower",
    minimumEffect: 0.05,
  }));
  const [alone, among] = [compareFigures([weak])[0]!, compareFigures([weak, ...quiet])[0]!];
  expect(alone.verdict).toBe("worse");
  expect(among.verdict).toBe("inconclusive");
  expect(among.p).toBeGreaterThan(alone.p!);
  expect(among.missing).toBeGreaterThan(0);
});

test("a value that is not above zero is refused with its pair, and a minimum effect of zero as well", () => {
  expect(() => compare([{ baseline: 1, candidate: 0 }])).toThrow("pair 0 holds 1 and 0");
  expect(() => compare({ baseline: [1, 0], candidate: [] })).toThrow("run 1 holds 0");
  expect(() => compare([], "lower", 0)).toThrow("got 0");
});

/** Coefficients of variation of single runs on a busy two-core machine, with what counts as a change in each figure. */
const FIGURES = [
  { name: "statements per run", variation: 0.03, minimumEffect: 0.03 },
  { name: "commits per run", variation: 0.04, minimumEffect: 0.03 },
  { name: "WAL per run, nominal", variation: 0.012, minimumEffect: 0.02 },
  { name: "WAL per run, saturated", variation: 0.055, minimumEffect: 0.03 },
  { name: "CPU per run, quieter", variation: 0.09, minimumEffect: 0.05 },
  { name: "CPU per run, busier", variation: 0.2, minimumEffect: 0.05 },
  { name: "runs per second", variation: 0.3, minimumEffect: 0.05 },
  { name: "ack p50", variation: 0.42, minimumEffect: 0.05 },
  { name: "ack p99", variation: 0.59, minimumEffect: 0.05 },
] as const;

test.each([4, 8, 16])(
  "the same code compared with itself in %i pairs and nine figures, some runs stalled: no alarm in 95 of 100 trials",
  (count) => {
    let quiet = 0;
    for (let trial = 0; trial < 100; trial++) {
      const random = seededRandom(count * 1_000 + trial);
      const verdicts = compareFigures(
        FIGURES.map(({ variation, minimumEffect }) => ({
          runs: pairs(count, 1, { random, variation, stalls: 0.1 }),
          isBetter: "lower",
          minimumEffect,
        })),
      );
      if (verdicts.every(({ verdict }) => verdict === "same" || verdict === "inconclusive")) quiet++;
    }
    expect(quiet).toBeGreaterThanOrEqual(95);
  },
);

test.each(FIGURES.slice(0, 6))(
  "a slowdown of 10 % in $name is found in 90 of 100 trials with the pairs that its spread asks for",
  ({ variation, minimumEffect }) => {
    const spread = Math.SQRT2 * variation;
    // Asked for 95, so that chance leaves more than 90.
    const count = pairsNeededFor(0.1, { spread, minimumEffect, power: 0.95 })!;
    let found = 0;
    for (let trial = 0; trial < 100; trial++) {
      const runs = pairs(count, 1.1, noise(variation, trial));
      if (compareFigures([{ runs, isBetter: "lower", minimumEffect }])[0]!.verdict === "worse") found++;
    }
    expect(found).toBeGreaterThanOrEqual(90);
  },
);

test("the pairs that are needed grow with the spread, with the family and near the minimum effect", () => {
  const needed = (spread: number, effect = 0.1, family = 1) =>
    pairsNeededFor(effect, { spread, minimumEffect: 0.05, family });
  expect(needed(0.001)).toBe(4);
  expect(needed(0.04)).toBeLessThan(needed(0.08)!);
  expect(needed(0.04)).toBeLessThan(needed(0.04, 0.1, 20)!);
  expect(needed(0.04)).toBeLessThan(needed(0.04, 0.07)!);
  expect(needed(0.04, 0.05)).toBeNull();
});

test("the change that can be found is the one for which the pairs suffice", () => {
  const options = { spread: 0.06, minimumEffect: 0.03 };
  const count = pairsNeededFor(0.1, options)!;
  expect(detectableEffect(count, options)).toBeLessThanOrEqual(0.1);
  expect(detectableEffect(count - 1, options)).toBeGreaterThan(0.1);
  expect(detectableEffect(3, options)).toBe(Infinity);
});
