import { expect, test } from "vitest";
import { failedSample, sampleResult, sampleWith } from "../../test/sample-result.ts";
import { findBottlenecks } from "../finding/findings.ts";
import { formatSummary } from "./terminal-summary.ts";

test("a passed run is a table, a verdict and the way to the report", () => {
  expect(formatSummary(sampleResult(), { reportPath: "bench-results/1/report.html", isColoured: false })).toMatchInlineSnapshot();
});

test("a failed run adds what failed and the findings", () => {
  const failed = failedSample();
  expect(formatSummary({ ...failed, findings: findBottlenecks(failed) }, { isColoured: false })).toMatchInlineSnapshot();
});

test("no line is wider than 100 columns, whatever the names are", () => {
  const long = "a-very-long-name-".repeat(12);
  const result = sampleWith("webhook-ack-nominal", ({ thresholds }) => ({ name: long, thresholds: thresholds.map((threshold) => ({ ...threshold, holds: false, expression: long, reason: `${long} ${long}` })) }));
  const widths = formatSummary({ ...result, verdict: "failed" }, { isColoured: false })
    .split("\n")
    .map((line) => line.length);
  expect(Math.max(...widths)).toBeLessThanOrEqual(100);
});

test("colours come only where asked for, and control characters in a name never reach the terminal", () => {
  const sneaky = sampleWith("webhook-ack-nominal", () => ({ name: "\u001b[31mred\u0007\u001b]0;title\u0007" }));
  expect(formatSummary(sneaky, { isColoured: false })).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  expect(formatSummary(sampleResult(), { isColoured: true })).toContain("\u001b[");
});
