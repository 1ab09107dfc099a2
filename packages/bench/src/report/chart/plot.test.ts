import { expect, test } from "vitest";
import { drawPlot } from "./plot.ts";

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
