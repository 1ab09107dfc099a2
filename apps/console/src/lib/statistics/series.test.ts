import type { StatisticsResource } from "@meshhook/contract";
import { describe, expect, it } from "vitest";

import { pathOf, seriesOf } from "./series.ts";

const NONE = { p50: null, p90: null, p95: null, p99: null, max: null, mean: null };
const point = (at: string, succeeded: number): StatisticsResource["points"][number] => ({
  at,
  runs: { succeeded, failed: 0, canceled: 0, durationMs: NONE, turnMs: NONE },
});

describe("a series of points in time", () => {
  it("has a value for every bucket, also where nothing happened", () => {
    const range = { from: "2026-12-01T10:03:00.000000Z", to: "2026-12-01T10:07:30.000000Z", bucketSeconds: 60 };
    const points = [point("2026-12-01T10:04:00.000000Z", 3), point("2026-12-01T10:07:00.000000Z", 1)];
    expect(seriesOf({ ...range, points }, ({ succeeded }) => succeeded, 0)).toEqual([0, 3, 0, 0, 1]);
  });

  it("is drawn in stretches, so that a gap is no zero", () => {
    expect(pathOf([0, 10, null, 5, null, 10, 0], 10, { width: 60, height: 20 })).toBe("M0 20L10 0M30 10h1M50 0L60 20");
  });
});
