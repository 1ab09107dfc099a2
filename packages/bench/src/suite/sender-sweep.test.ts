import { expect, test } from "vitest";
import { seededRandom } from "../stats/index.ts";
import { scalabilityFrom } from "./sender-sweep.ts";

/** Two blocks each, as a system does that shares something among its senders; a few percent of chance. */
function measured(senders: readonly number[]) {
  const random = seededRandom(4);
  const rate = (n: number) => ((200 * n) / (1 + 0.03 * (n - 1) + 0.0002 * n * (n - 1))) * (0.98 + 0.04 * random());
  return senders.map((n) => ({ n, rates: [rate(n), rate(n)] }));
}

test("eight numbers of senders have a law with intervals, which holds for what was measured and no further", () => {
  const { law, points, whyNone } = scalabilityFrom(measured([1, 2, 4, 8, 16, 32, 64, 128]), 1);
  expect(whyNone).toBeNull();
  expect(law).toMatchObject({ validFrom: 1, validUntil: 128 });
  for (const [estimate, truth] of [
    [law?.lambda, 200],
    [law?.sigma, 0.03],
    [law?.kappa, 0.0002],
  ] as const) {
    expect(estimate?.low).toBeLessThan(truth);
    expect(estimate?.high).toBeGreaterThan(truth);
  }
  // √((1 − 0.03) ÷ 0.0002)
  expect(law?.peak?.n.estimate).toBeGreaterThan(55);
  expect(law?.peak?.n.estimate).toBeLessThan(85);
  expect(points.map(({ efficiency }) => efficiency ?? 0)).toEqual(
    points.map(({ efficiency }) => efficiency ?? 0).toSorted((a, b) => b - a),
  );
  for (const { low, high, perSecond, fittedPerSecond } of points) {
    expect(perSecond).toBeGreaterThanOrEqual(low);
    expect(perSecond).toBeLessThanOrEqual(high);
    expect(Math.abs((fittedPerSecond ?? 0) / perSecond - 1)).toBeLessThan(0.06);
  }
});

test("where the range is too narrow, or nothing ended, there is no law, and the points stay", () => {
  const few = scalabilityFrom(measured([1, 2, 4]), 1);
  expect(few).toMatchObject({
    law: null,
    whyNone: expect.stringMatching(/^Not enough to say how it scales: 3 /) as string,
  });
  expect(few.points).toHaveLength(3);
  const none = scalabilityFrom([{ n: 1, rates: [0] }, ...measured([2, 4, 8, 16, 32])], 1);
  expect(none).toMatchObject({ law: null, whyNone: "Not enough to say how it scales: no run ended with 1 senders." });
});
