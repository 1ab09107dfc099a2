import { expect, test } from "vitest";
import type { LatencyHeatmap } from "../../../result/result.ts";
import { logScale } from "../scale.ts";
import { heatmapOf } from "./heatmap.ts";

const heatmap: LatencyHeatmap = {
  of: "ack",
  startMs: 0,
  stepMs: 100,
  edgesMs: [1, 10, 100],
  counts: [
    [100, 0],
    [100, 1],
    [90, 0],
    [0, 0],
  ],
  failed: [0, 0, 0, 0],
};

test("neighbours of one shade are one rectangle, and a single slow request is seen", () => {
  const { levels } = heatmapOf(heatmap, (ms) => ms, logScale(1, 100));
  const drawn = levels.filter(({ path }) => path !== "");
  expect(drawn.map(({ key, path }) => [key, path])).toEqual([
    ["1", "M100 0h100v500h-100z"],
    ["64–127", "M0 500h300v500h-300z"],
  ]);
});

test("the shades span from the lightest to the darkest, at most seven", () => {
  const many = { ...heatmap, counts: [[1, 100_000]] };
  for (const each of [heatmap, many, { ...heatmap, counts: [[2, 3]] }]) {
    const shades = heatmapOf(each, (ms) => ms, logScale(1, 100)).levels.map(({ shade }) => shade);
    expect([shades[0], shades.at(-1)]).toEqual([1, 7]);
    expect(new Set(shades).size).toBe(shades.length);
  }
});
