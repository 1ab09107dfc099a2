import { expect, test } from "vitest";
import { repeatedRuns, withWork } from "../../test/repeated-results.ts";
import type { RepeatedRuns } from "../../test/repeated-results.ts";
import { sampleResult } from "../../test/sample-result.ts";
import type { ScenarioResult, ScenarioVerdict } from "../result/result.ts";
import { compareResults } from "./compare-results.ts";
import { gateJunit } from "./gate-junit.ts";
import { gateMarkdown, gateText } from "./gate-text.ts";
import { judgeGate } from "./gate.ts";

const NAME = "webhook-ack-nominal";

/** Results in which the first scenario differs from run to run. */
function runs(...changes: readonly Partial<ScenarioResult>[]) {
  return changes.map((change) => {
    const healthy = sampleResult();
    return {
      ...healthy,
      scenarios: healthy.scenarios.map((scenario) => (scenario.name === NAME ? { ...scenario, ...change } : scenario)),
    };
  });
}

const statuses = (...all: readonly ScenarioVerdict[]) => runs(...all.map((status) => ({ status })));

function compared(options: RepeatedRuns) {
  const { baseline, candidate } = repeatedRuns(options);
  return judgeGate(candidate, compareResults(baseline, candidate));
}

test("healthy results pass, and nothing is held against them", () => {
  const report = judgeGate(runs({}, {}), null);
  expect(report).toMatchObject({ verdict: "passed", runs: 2, comparison: null });
  expect(gateText(report)).toMatch(/^The gate lets this change pass: 5 scenarios in 2 runs\n/);
});

test("a single audit that is not clean stops the change, whatever the other runs are", () => {
  const { audit } = sampleResult().scenarios[0]!;
  const report = judgeGate(runs({}, { audit: { ...audit, isClean: false, lost: 1 } }, {}), null);
  expect(report.verdict).toBe("failed");
  expect(gateText(report)).toContain(
    "  failed: audit. The audit is not clean in 1 of 3 runs: work was lost, duplicated or wrong.",
  );
});

test("a gate that is missed stops the change; one that was not measured is open", () => {
  const { thresholds } = sampleResult().scenarios[0]!;
  const gate = (actual: number | null) => ({
    thresholds: thresholds.map((each) =>
      each.expression === "answers.unexpected == 0" ? { ...each, actual, holds: false } : each,
    ),
  });
  expect(gateText(judgeGate(runs({}, gate(31)), null))).toContain(
    "  failed: gate answers.unexpected == 0. It is missed in 1 of 2 runs: 31.",
  );
  expect(judgeGate(runs(gate(null)), null).verdict).toBe("inconclusive");
});

test("what the runs call failed counts when more than half of at least two say so", () => {
  const verdict = (...all: readonly ScenarioVerdict[]) => judgeGate(statuses(...all), null).verdict;
  expect(verdict("failed")).toBe("inconclusive");
  expect(verdict("failed", "passed")).toBe("inconclusive");
  expect(verdict("failed", "failed", "passed")).toBe("failed");
  expect(verdict("inconclusive", "inconclusive")).toBe("inconclusive");
  expect(verdict("void", "passed")).toBe("inconclusive");
  expect(verdict("void", "void")).toBe("void");
  expect(gateText(judgeGate(statuses("failed"), null))).toContain("Repeat it: one run does not confirm a failure.");
});

test("a figure that is worse than the baseline's stops the change, and noise does not", () => {
  const worse = compared({ order: "ABBABAAB", change: (scenario) => withWork(scenario, { statements: 2 }) });
  expect(worse.verdict).toBe("failed");
  expect(gateText(worse)).toMatch(/ {2}failed: statements per run, compared\. \+9\d(\.\d)? % against the baseline\./);
  const quiet = Array.from({ length: 20 }, (_, seed) => compared({ order: "ABBABAAB", seed })).filter(
    ({ verdict }) => verdict !== "failed",
  );
  expect(quiet.length).toBeGreaterThanOrEqual(19);
});

test("times one after the other never gate, however much worse they look", () => {
  const report = compared({
    order: "AAAABBBB",
    change: (scenario) => withWork(scenario, { meshhookCpuMs: 5, postgresCpuMs: 5 }),
  });
  expect(report.verdict).not.toBe("failed");
  expect(report.scenarios[0]!.checks.some(({ name }) => name.includes("CPU"))).toBe(false);
});

test("a candidate that lost work is stopped by its own audit, with and without a baseline", () => {
  const report = compared({
    order: "ABBA",
    change: ({ name, audit }) => (name === NAME ? { audit: { ...audit, isClean: false } } : {}),
  });
  expect(report.scenarios[0]).toMatchObject({ name: NAME, verdict: "failed" });
});

test("a scenario that the candidate no longer has, or with another load, is an open question", () => {
  const { baseline, candidate } = repeatedRuns({ order: "ABBA" });
  const fewer = candidate.map((each) => ({ ...each, scenarios: each.scenarios.slice(1) }));
  const report = judgeGate(fewer, compareResults(baseline, fewer));
  expect(report.verdict).toBe("inconclusive");
  expect(report.scenarios.find(({ name }) => name === NAME)).toMatchObject({
    verdict: "inconclusive",
    checks: [{ name: "compared", verdict: "inconclusive", text: "The candidate has no such scenario." }],
  });
});

test("Markdown lists what did not pass, and counts the rest", () => {
  const markdown = gateMarkdown(judgeGate(statuses("failed", "failed"), null));
  expect(markdown).toMatch(/^## The gate stops this change: 1 of 5 scenarios in 2 runs failed\n/);
  expect(markdown).toContain("| `webhook-ack-nominal` | the runs' own verdicts | **failed** | 2 of 2 runs failed. |");
  expect(markdown).toMatch(/\n\d+ checks passed\.$/);
});

test("JUnit has a suite per scenario, with its failures and what was skipped, and escapes what XML cannot hold", () => {
  const { thresholds } = sampleResult().scenarios[0]!;
  const gate = { ...thresholds[3]!, expression: 'a < "b" & \u0007', actual: 1, holds: false };
  const xml = gateJunit(judgeGate(runs({ status: "inconclusive", thresholds: [gate] }), null));
  expect(xml).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites name="meshhook bench gate"><testsuite /);
  expect(xml).toContain('<testsuite name="webhook-ack-nominal" tests="3" failures="1" skipped="1">');
  expect(xml).toContain(
    'name="gate a &lt; &quot;b&quot; &amp; \ufffd"><failure message="It is missed in 1 of 1 run: 1.">',
  );
  expect(xml).toContain('<skipped message="inconclusive: 1 inconclusive of 1 run."></skipped>');
  expect(xml.match(/<testsuite /g)).toHaveLength(5);
});

test("no results are refused", () => {
  expect(() => judgeGate([], null)).toThrow("got none");
});
