import { expect, test } from "vitest";
import { repeatedRuns, withWork } from "../../test/repeated-results.ts";
import type { RepeatedRuns } from "../../test/repeated-results.ts";
import { compareResults } from "./compare-results.ts";
import { comparisonMarkdown, comparisonText } from "./comparison-text.ts";

function report(runs: RepeatedRuns) {
  const { baseline, candidate } = repeatedRuns(runs);
  return compareResults(baseline, candidate);
}

const doubled = report({ order: "ABBABAAB", change: (scenario) => withWork(scenario, { statements: 2 }) });

test("the text says the verdict first, what was compared, and every figure that is not the same", () => {
  const lines = comparisonText(doubled).split("\n");
  expect(lines[0]).toMatch(/^Worse: \d+ of \d+ figures changed for the worse$/);
  expect(lines).toContain("Baseline:  revision aaaaaaaaaa, 4 runs, from 2026-11-24 00:10:26 UTC");
  expect(lines).toContain("Arrangement: interleaved.");
  expect(lines.find((line) => line.startsWith("  statements per run"))).toMatch(
    /statements per run +0\.\d+ +1\.\d+ +\+\d+(\.\d)? % \[\+\d+(\.\d)? %, \+\d+(\.\d)? %\] +worse$/,
  );
  expect(lines.filter((line) => line.startsWith("  rows per run"))).toEqual([]);
  expect(lines.some((line) => /^ {2}\d+ figures? the same$/.test(line))).toBe(true);
});

test("Markdown has a table per scenario with every figure", () => {
  const markdown = comparisonMarkdown(doubled);
  expect(markdown).toMatch(/^## Worse: /);
  expect(markdown).toContain("### `webhook-ack-nominal`: worse");
  expect(markdown).toMatch(/\| rows per run \| 1 \| 1 \| ±0 % \[±0 %, ±0 %\] \| same \|/);
  expect(markdown).toMatch(/\| statements per run \|.*\| \*\*worse\*\* \|/);
});

test("runs that were not interleaved come with the way to judge times", () => {
  expect(comparisonText(report({ order: "AB" }))).toContain(
    "Arrangement: single runs. Times and speeds are not judged, because a change of the machine would look the same. Interleave the runs (A B B A) to judge them.",
  );
});

test("a failed audit is the headline, and a scenario without figures says why", () => {
  const lost = report({
    order: "ABBA",
    change: ({ name, audit }) => (name === "webhook-ack-nominal" ? { audit: { ...audit, isClean: false } } : {}),
  });
  expect(comparisonText(lost).split("\n")[0]).toBe("Worse: the candidate fails the audit or a gate of 1 scenario");
  expect(comparisonMarkdown(lost)).toContain(
    "### `webhook-ack-nominal`: worse\n\nThe audit of the candidate is not clean: work was lost, duplicated or wrong.",
  );
});

test("results without a common scenario say so", () => {
  const { baseline, candidate } = repeatedRuns({ order: "AB" });
  const renamed = candidate.map((each) => ({
    ...each,
    scenarios: each.scenarios.map((scenario) => ({ ...scenario, name: `${scenario.name}-2` })),
  }));
  expect(comparisonText(compareResults(baseline, renamed)).split("\n")[0]).toBe(
    "Inconclusive: no scenario of these results can be compared",
  );
});
