import { expect, test } from "vitest";
import { evidenceOf, QUIET_CANARY } from "../../test/planted-evidence.ts";
import { sampleResult } from "../../test/sample-result.ts";
import { constant } from "../load/profile/profile.ts";
import { validateResult } from "../result/validate.ts";
import { scenarioNamed } from "../scenario/catalogue.ts";
import { paced } from "../scenario/load.ts";
import { seededRandom } from "../stats/index.ts";
import type { Evidence } from "./evidence.ts";
import { isSwept, judgeSweep, scalabilityFrom, withNumber } from "./sweep.ts";

/** A block in which so many senders, or processes, made so many runs a second. */
function block(
  n: number,
  perSecond: number,
  { number, name = "dag-pure-senders" }: { readonly number: number; readonly name?: string },
): Evidence {
  const scenario = scenarioNamed(name);
  const { load } = scenario;
  if (!isSwept(load)) throw new Error("It has several numbers of something.");
  const rated = { ...scenario, load: paced(constant(perSecond, 2_000), { warmupMs: 1_000 }) };
  const evidence = evidenceOf(rated, {}, number);
  return {
    ...evidence,
    scenario: withNumber(scenario, load, n),
    measured: { ...evidence.measured, window: { fromUs: 1_000_000, untilUs: 3_000_000 } },
  };
}

test("a sweep has the figures of the most senders, a curve and a law; what is lost with one sender is lost", () => {
  const senders = [1, 2, 4, 8, 16, 32];
  const blocks = senders.map((n, number) => block(n, Math.round((100 * n) / (1 + 0.1 * (n - 1))), { number }));
  const options = { seed: 1, canaryBest: QUIET_CANARY };
  const result = judgeSweep(blocks, options);
  expect(result.load).toMatchObject({ model: "closed", senders: 32 });
  expect(result.throughput?.completedPerSecond).toBeCloseTo(780, -2);
  expect(result.curve?.map((point) => point.senders)).toEqual(senders);
  expect(result.scalability?.law?.sigma.estimate).toBeCloseTo(0.1, 1);
  // Stopped before the roofs were measured, it is a result all the same.
  expect(result.roofShare).toBeNull();
  const document: unknown = JSON.parse(JSON.stringify(sampleResult({ scenarios: [result] })));
  expect(validateResult(document)).not.toHaveProperty("issues");
  const [first, ...others] = blocks;
  const lost = { ...first!, audit: { ...first!.audit, isClean: false, lost: 1, details: ["run 3 is lost"] } };
  expect(judgeSweep([lost, ...others], options)).toMatchObject({ status: "failed", throughput: null });
});

test("a sweep over processes has the figures of the most processes, their law, and no curve over senders", () => {
  const processes = [1, 2, 3, 4, 6, 8];
  const blocks = processes.map((n, number) =>
    block(n, Math.round((100 * n) / (1 + 0.05 * (n - 1))), { number, name: "dag-pure-processes" }),
  );
  const result = judgeSweep(blocks, { seed: 1, canaryBest: QUIET_CANARY });
  expect(result.load).toMatchObject({ model: "closed", senders: 128 });
  expect(result.throughput?.completedPerSecond).toBeCloseTo(593, -1);
  expect(result.curve).toBeUndefined();
  expect(result.scalability).toMatchObject({ of: "processes", points: processes.map((n) => ({ n })) });
  expect(result.scalability?.law?.sigma.estimate).toBeCloseTo(0.05, 1);
  const document: unknown = JSON.parse(JSON.stringify(sampleResult({ scenarios: [result] })));
  expect(validateResult(document)).not.toHaveProperty("issues");
});

/** Two blocks each, as a system does that shares something among its senders; a few percent of chance. */
function measured(senders: readonly number[]) {
  const random = seededRandom(4);
  const rate = (n: number) => ((200 * n) / (1 + 0.03 * (n - 1) + 0.0002 * n * (n - 1))) * (0.98 + 0.04 * random());
  return senders.map((n) => ({ n, rates: [rate(n), rate(n)] }));
}

test("eight numbers of senders have a law with intervals, which holds for what was measured and no further", () => {
  const { law, points, whyNone } = scalabilityFrom(measured([1, 2, 4, 8, 16, 32, 64, 128]), "senders", 1);
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
  const few = scalabilityFrom(measured([1, 2, 4]), "senders", 1);
  expect(few).toMatchObject({
    law: null,
    whyNone: expect.stringMatching(/^Not enough to say how it scales: 3 /) as string,
  });
  expect(few.points).toHaveLength(3);
  const none = scalabilityFrom([{ n: 1, rates: [0] }, ...measured([2, 4, 8, 16, 32])], "senders", 1);
  expect(none).toMatchObject({ law: null, whyNone: "Not enough to say how it scales: no run ended with 1 senders." });
});
