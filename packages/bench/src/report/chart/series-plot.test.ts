import { expect, test } from "vitest";
import type { SeriesPoint } from "../../result/result.ts";
import { ratePlot } from "./series-plot.ts";

const point = (second: number): SeriesPoint => ({
  second,
  sent: 100,
  acked: 100,
  errors: 0,
  ackMsP50: 2,
  ackMsP99: 9,
  meshhookCpuShare: 0.2,
  postgresCpuShare: 0.1,
});

test("everything outside the measured stretches is grey", () => {
  const series = Array.from({ length: 11 }, (_, second) => point(second));
  const stretches = [
    { from: 1, until: 4 },
    { from: 6, until: 9 },
  ];
  const markup = String(ratePlot(series, stretches, true));
  const grey = Array.from(markup.matchAll(/class="shaded" x="(\d+)" y="0" width="(\d+)"/g), ([, x, width]) => [
    Number(x),
    Number(x) + Number(width),
  ]);
  expect(grey).toEqual([
    [0, 100],
    [400, 600],
    [900, 1000],
  ]);
});
