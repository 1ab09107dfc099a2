import { describe, expect, test } from "vitest";

import { axisLabels, sinceStart } from "./time-axis.ts";

const S = 1_000_000;

test.each([
  [0, "+0.000 s"],
  [1_234_499, "+1.234 s"],
  [59.9996 * S, "+1:00.000"],
  [123.456 * S, "+2:03.456"],
  [3_600 * S, "+1:00:00.000"],
  [26 * 3_600 * S + 184.567 * S, "+26:03:04.567"],
  [3 * 86_400 * S + 2 * 3_600 * S + 184 * S, "+3 d 02:03:04"],
])("%d µs after the start is told as %s", (micros, expected) => expect(sinceStart(7 + micros, 7)).toBe(expected));

describe("labels of an axis", () => {
  const quarters = (from: number, to: number): readonly number[] =>
    [0, 0.25, 0.5, 0.75, 1].map((share) => from + (to - from) * share);

  test.each([
    [0, 1_000],
    [0, 5],
    [0, 1_500],
    [0, 12_345],
    [0, 999_999],
    [0, 4 * S],
    [3 * S, 3 * S + 400],
    [0, 90 * S],
    [0, 3 * 86_400 * S],
    [86_400 * S, 86_400 * S + 3_000],
  ])("from %d to %d µs differ from each other", (from, to) => {
    const labels = axisLabels(quarters(from, to));
    expect(new Set(labels).size, labels.join(" | ")).toBe(5);
    expect(labels.every((label) => label.length <= 20)).toBe(true);
  });

  test("are short if the axis is", () => {
    expect(axisLabels(quarters(0, 1_000))).toEqual(["0.00 ms", "0.25 ms", "0.50 ms", "0.75 ms", "1.00 ms"]);
    expect(axisLabels(quarters(0, 8 * S))).toEqual(["0 s", "2 s", "4 s", "6 s", "8 s"]);
    expect(axisLabels(quarters(0, 240 * S))).toEqual(["0:00", "1:00", "2:00", "3:00", "4:00"]);
  });
});
