import { expect, test } from "vitest";
import { failedSample, sampleResult, sampleWith } from "../../test/sample-result.ts";
import { renderJunitReport } from "./junit-report.ts";

const counts = (xml: string, name: string) =>
  new RegExp(`<testsuite name="${name}" tests="(\\d+)" failures="(\\d+)" skipped="(\\d+)"`)
    .exec(xml)
    ?.slice(1)
    .map(Number);

test("a run that passed has a suite for each scenario with a test for its verdict, its audit and each threshold", () => {
  const result = sampleResult();
  const xml = renderJunitReport(result);
  for (const { name, thresholds } of result.scenarios) expect(counts(xml, name)).toEqual([thresholds.length + 2, 0, 0]);
  expect(xml).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites /);
});

test("a missed limit and an audit that is not clean are failures with what was measured", () => {
  const xml = renderJunitReport(failedSample());
  expect(counts(xml, "webhook-ack-nominal")?.[1]).toBe(2);
  expect(counts(xml, "fault-kill-9")?.[1]).toBe(2);
  expect(xml).toContain(
    '<testcase classname="webhook-ack-nominal" name="latency.ack.p99Ms &lt;= 12"><failure message="measured 38.2',
  );
});

test("what the machine may have caused is skipped with its reason and its next step, never failed", () => {
  const xml = renderJunitReport(
    sampleWith("webhook-ack-nominal", ({ thresholds }) => ({
      status: "inconclusive",
      reasons: [{ verdict: "inconclusive", text: "The machine was disturbed.", next: "Measure again." }],
      thresholds: thresholds.map((threshold, index) => (index === 0 ? { ...threshold, holds: false } : threshold)),
    })),
  );
  expect(counts(xml, "webhook-ack-nominal")?.slice(1)).toEqual([0, 2]);
  expect(xml).toContain('<skipped message="inconclusive: The machine was disturbed. Next: Measure again.">');
});
