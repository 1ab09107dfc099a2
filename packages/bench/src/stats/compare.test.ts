import { expect, test } from "vitest";
import { comparePairs } from "./compare.ts";
import type { Pair } from "./compare.ts";
import { seededRandom } from "./seeded-random.ts";

/** Pairs on a machine whose speed drifts by up to half, where the candidate takes `ratio` of the baseline's time. */
function pairs(count: number, ratio: number, noise: number): Pair[] {
  const random = seededRandom(count * 1000 + Math.round(ratio * 100));
  return Array.from({ length: count }, () => {
    const machine = 10 * (1 + random() / 2);
    const jitter = () => 1 + noise * (random() - 0.5);
    return { baseline: machine * jitter(), candidate: machine * ratio * jitter() };
  });
}

test("a clear gain is better where lower is better, and worse where higher is", () => {
  const faster = pairs(12, 0.8, 0.04);
  expect(comparePairs(faster, { seed: 1, isBetter: "lower" })).toMatchObject({ verdict: "better", pairsMissing: null });
  expect(comparePairs(faster, { seed: 1, isBetter: "higher" }).verdict).toBe("worse");
  expect(comparePairs(faster, { seed: 1, isBetter: "lower" }).ratio?.estimate).toBeCloseTo(0.8, 1);
});

test("a clear loss is worse, although the machine drifts by far more than the loss", () => {
  expect(comparePairs(pairs(12, 1.12, 0.04), { seed: 1, isBetter: "lower" }).verdict).toBe("worse");
});

test("no difference is the same only when the interval lies within the smallest effect that counts", () => {
  expect(comparePairs(pairs(20, 1, 0.04), { seed: 1, isBetter: "lower" }).verdict).toBe("same");
  expect(comparePairs(pairs(20, 1, 0.04), { seed: 1, isBetter: "lower", minimumEffect: 0.001 }).verdict).toBe(
    "inconclusive",
  );
});

test("a noisy difference is inconclusive and says about how many pairs more are needed", () => {
  const noisy = comparePairs(pairs(6, 0.97, 0.5), { seed: 1, isBetter: "lower" });
  expect(noisy.verdict).toBe("inconclusive");
  expect(noisy.pairsMissing).toBeGreaterThan(5);
});

test("fewer than five pairs are inconclusive and ask for the fifth", () => {
  expect(comparePairs(pairs(3, 0.5, 0.01), { seed: 1, isBetter: "lower" })).toEqual({
    verdict: "inconclusive",
    ratio: null,
    pairsMissing: 2,
  });
  expect(comparePairs([], { seed: 1, isBetter: "lower" })).toEqual({
    verdict: "inconclusive",
    ratio: null,
    pairsMissing: 5,
  });
});

test("a value that is not above zero is refused with its pair", () => {
  expect(() => comparePairs([{ baseline: 1, candidate: 0 }], { seed: 1, isBetter: "lower" })).toThrow(
    "pair 0 holds 1 and 0",
  );
});
