import { describe, expect, test } from "vitest";

import { asSentence, formatBytes, formatDuration, formatMoment } from "./format.ts";

const S = 1_000_000;
const MIN = 60 * S;
const H = 60 * MIN;
const D = 24 * H;

describe("a duration", () => {
  test.each([
    [0, "0 ms"],
    [-5, "0 ms"],
    [0.4, "0 ms"],
    [1, "1 µs"],
    [850, "850 µs"],
    [999.4, "999 µs"],
    [999.5, "1 ms"],
    [1_000, "1 ms"],
    [1_234, "1.23 ms"],
    [9_994, "9.99 ms"],
    [9_996, "10.0 ms"],
    [12_340, "12.3 ms"],
    [99_949, "99.9 ms"],
    [99_951, "100 ms"],
    [999_499, "999 ms"],
    [999_600, "1.00 s"],
    [S, "1 s"],
    [4.2 * S, "4.20 s"],
    [59_994_000, "59.99 s"],
    [59_996_000, "1 min"],
    [MIN, "1 min"],
    [119.4 * S, "1 min 59 s"],
    [119.6 * S, "2 min"],
    [185 * S, "3 min 5 s"],
    [H - 0.6 * S, "59 min 59 s"],
    [H - 0.4 * S, "1 h"],
    [2 * H + 10 * MIN, "2 h 10 min"],
    [2 * H - 20 * S, "2 h"],
    [48 * H - MIN, "47 h 59 min"],
    [48 * H - 20 * S, "2 d"],
    [3 * D + 4 * H, "3 d 4 h"],
    [3 * D - 10 * MIN, "3 d"],
  ])("of %d µs reads %s", (micros, expected) => expect(formatDuration(micros)).toBe(expected));
});

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1_000, "1.0 kB"],
  [999_940, "999.9 kB"],
  [999_960, "1.0 MB"],
])("%d bytes read %s", (bytes, expected) => expect(formatBytes(bytes)).toBe(expected));

test("a moment of another day has its date", () => {
  const now = new Date(2026, 11, 9, 12, 0, 0).getTime();
  expect(formatMoment(new Date(2026, 11, 9, 14, 3, 21).toISOString(), now)).toBe("14:03:21");
  expect(formatMoment(new Date(2026, 11, 12, 14, 3, 21).toISOString(), now)).toBe("Sat, 12 Dec 2026, 14:03:21");
  expect(formatMoment(new Date(2026, 11, 10, 0, 0, 5).toISOString(), now)).toBe("Thu, 10 Dec 2026, 00:00:05");
});

test.each([
  ["the workflow is not here", "The workflow is not here."],
  ["no runs, yet", "No runs, yet."],
  ["order-gate has no version", "order-gate has no version."],
  ["content-type must be given", "content-type must be given."],
  ["x_y is unknown", "x_y is unknown."],
  ["Already one.", "Already one."],
  ["what now?", "What now?"],
  ['"a" is missing', '"a" is missing.'],
  ["  ", ""],
])("%j becomes the sentence %j", (text, expected) => expect(asSentence(text)).toBe(expected));
