import { expect, test } from "vitest";
import {
  countOf,
  formatBytes,
  formatDuration,
  formatMs,
  formatMsFigure,
  formatNumber,
  formatShare,
  formatTime,
} from "./format.ts";

test("numbers have three significant digits and grouped thousands; whole ones keep all digits", () => {
  expect([0, 7, 0.031249, 41.25, 7600, 7612.4, 1_234_567].map(formatNumber)).toEqual([
    "0",
    "7",
    "0.0312",
    "41.3",
    "7,600",
    "7,612",
    "1,234,567",
  ]);
});

test("times keep three digits, so that columns line up, and change to seconds from 1,000 ms on", () => {
  expect([0, 0.4, 1.5, 38.16, 999.4, 1_240].map(formatMs)).toEqual([
    "0 ms",
    "0.400 ms",
    "1.50 ms",
    "38.2 ms",
    "999 ms",
    "1.24 s",
  ]);
  expect(formatMsFigure(1_240)).toBe("1,240");
});

test("shares, bytes, durations, times and counts read as people write them", () => {
  expect([0.0002, 0.547, 1].map(formatShare)).toEqual(["0.02 %", "54.7 %", "100 %"]);
  expect([0, 999, 1_420, 121_000_000].map(formatBytes)).toEqual(["0 B", "999 B", "1.42 kB", "121 MB"]);
  expect([45_000, 300_000, 312_000, 7_380_000].map(formatDuration)).toEqual([
    "45 s",
    "5 min",
    "5 min 12 s",
    "2 h 3 min",
  ]);
  expect(formatTime(Date.UTC(2026, 10, 24, 0, 10, 26))).toBe("2026-11-24 00:10:26 UTC");
  expect([countOf(1, "run"), countOf(1_000, "run")]).toEqual(["1 run", "1,000 runs"]);
});

test("what floating point leaves of zero is zero, without a sign", () => {
  expect([formatShare(-2.01e-16), formatNumber(-2e-17), formatMs(-2e-17)]).toEqual(["0 %", "0", "0 ms"]);
});

test("what is missing or not finite is a dash", () => {
  for (const format of [formatNumber, formatMs, formatMsFigure, formatShare, formatBytes]) {
    expect([null, undefined, Number.NaN, Number.POSITIVE_INFINITY].map(format)).toEqual(["–", "–", "–", "–"]);
  }
});
