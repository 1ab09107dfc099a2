import { expect, test } from "vitest";
import { findAnomalies } from "./anomaly.ts";
import { normalsFrom } from "./random-normal.ts";
import { seededRandom } from "./seeded-random.ts";

/** Seconds at about 100, with a spread of 4. */
function seconds(count: number, seed = 1): number[] {
  const normal = normalsFrom(seededRandom(seed));
  return Array.from({ length: count }, () => 100 + 4 * normal());
}

test("a stall of three seconds is one anomaly, with its worst second and the usual level beside it", () => {
  const series = seconds(60);
  series.splice(20, 3, 30, 0, 55);
  const [stall, ...others] = findAnomalies(series);
  expect(others).toEqual([]);
  expect(stall).toMatchObject({ from: 20, until: 22, direction: "below", extreme: 0 });
  expect(stall!.usual).toBeCloseTo(100, -1);
  expect(stall!.score).toBeGreaterThan(15);
});

test("what goes up and what goes down are two, and a usual second between two stalls joins them", () => {
  const series = seconds(80);
  series.splice(20, 4, 20, 98, 25, 300);
  expect(findAnomalies(series)).toMatchObject([
    { from: 20, until: 22, direction: "below" },
    { from: 23, until: 23, direction: "above" },
  ]);
  expect(findAnomalies(series, { gap: 0 })).toHaveLength(3);
});

test("up to a third of the values may stand out without hiding themselves", () => {
  const series = seconds(60);
  for (let second = 0; second < 60; second += 3) series[second] = 20;
  const marked = findAnomalies(series, { gap: 0 });
  expect(marked).toHaveLength(20);
});

test("of ten thousand steady seconds none stands out", () => {
  expect(findAnomalies(seconds(10_000))).toEqual([]);
});

test("a ramp is not an anomaly, and a step is one only at its edges", () => {
  const ramp = seconds(200).map((value, second) => value * (1 + second / 50));
  expect(findAnomalies(ramp)).toEqual([]);
  const step = seconds(300).map((value, second) => (second < 150 ? value : 2 * value));
  for (const { from, until } of findAnomalies(step)) {
    expect(from).toBeGreaterThan(150 - 35);
    expect(until).toBeLessThan(150 + 35);
  }
});

test("a small wobble of a very steady series does not matter, however many deviations it is", () => {
  const steady = Array.from({ length: 60 }, (_, second) => 1_000 + (second % 2));
  steady[30] = 1_050;
  expect(findAnomalies(steady)).toEqual([]);
  expect(findAnomalies(steady, { changeMin: 0.01 })).toMatchObject([{ from: 30, until: 30 }]);
});

test("where most values are equal, one that is not still stands out", () => {
  const errors = Array.from({ length: 60 }, () => 0);
  errors[41] = 12;
  expect(findAnomalies(errors)).toMatchObject([{ from: 41, until: 41, extreme: 12, usual: 0 }]);
});

test("seconds that were not measured neither count nor separate, and too few give nothing", () => {
  const series: (number | null)[] = seconds(60);
  series.splice(20, 3, 20, null, 25);
  expect(findAnomalies(series)).toMatchObject([{ from: 20, until: 22 }]);
  expect(findAnomalies([1, 1, 1, 1, 1, 1, 90])).toEqual([]);
  expect(findAnomalies([])).toEqual([]);
  expect(findAnomalies(Array.from({ length: 30 }, () => null))).toEqual([]);
});
