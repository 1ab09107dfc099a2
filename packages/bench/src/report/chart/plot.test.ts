import { expect, test } from "vitest";
import { drawPlot, drawSparkline } from "./plot.ts";
import type { Line } from "./plot.ts";

function pathsOf(line: Line): string[] {
  const plot = drawPlot({
    title: "t",
    unit: "u",
    description: "d",
    lines: [line],
    xTicks: [],
    yTicks: [],
    xTitle: "x",
    readouts: [],
  });
  return [...plot.text.matchAll(/<path class="(line [^"]*)" d="([^"]*)"/g)].map(
    ([, style, path]) => `${style}: ${path}`,
  );
}

test("a missing value is a gap in the line", () => {
  expect(
    pathsOf({
      label: "l",
      style: 1,
      points: [{ x: 0, y: 0 }, { x: 100, y: 500 }, null, { x: 300, y: 1000 }, { x: 400, y: 900 }],
    }),
  ).toEqual(["line line-1: M0 1000L100 500M300 0L400 100"]);
});

test("the part without enough samples continues where the other part ends", () => {
  expect(
    pathsOf({
      label: "l",
      style: 2,
      points: [
        { x: 0, y: 0 },
        { x: 100, y: 100 },
        { x: 200, y: 200, isWeak: true },
      ],
    }),
  ).toEqual(["line line-2: M0 1000L100 900", "line line-2 weak: M100 900L200 800"]);
});

test("titles and labels from data are escaped", () => {
  const { text } = drawPlot({
    title: "<b>",
    unit: "<u>",
    description: "<d>",
    lines: [],
    xTicks: [{ position: 0, label: "<x>" }],
    yTicks: [],
    xTitle: "<i>",
    readouts: [{ from: 0, to: 1000, heading: "<u>", rows: [["<k>", "<v>"]] }],
  });
  expect(text).not.toMatch(/<[udxikv]>/);
});

test("a sparkline of one value or of none draws without a fault", () => {
  expect(drawSparkline([7], "one").text).toContain("M0 ");
  expect(drawSparkline([], "none").text).toContain('d=""');
});
