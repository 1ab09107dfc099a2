import type { BenchResult, ScenarioResult, ThresholdResult } from "../result/result.ts";
import { formatActual } from "./story.ts";
import { element, XML_HEAD } from "./xml.ts";

interface Case {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly text: string;
}

/**
 * The run as JUnit's XML, for the test report of a build server: a suite per scenario, a test for its verdict, its audit and each of
 * its thresholds. Only what failed is a failure; what is inconclusive or void is skipped, with its reason.
 */
export function renderJunitReport(result: BenchResult): string {
  const suites = result.scenarios.map((scenario) => {
    const cases = casesOf(scenario);
    const count = (wanted: Case["outcome"]) => cases.filter(({ outcome }) => outcome === wanted).length;
    return element(
      "testsuite",
      {
        name: scenario.name,
        tests: cases.length,
        failures: count("failed"),
        skipped: count("skipped"),
        time: seconds(scenario.durationMs),
        timestamp: new Date(scenario.startedAtMs).toISOString(),
      },
      cases.map((each) => caseElement(scenario, each)).join(""),
    );
  });
  const time = seconds(result.finishedAtMs - result.startedAtMs);
  return XML_HEAD + element("testsuites", { name: `meshhook bench ${result.suite}`, time }, suites.join(""));
}

function casesOf(scenario: ScenarioResult): readonly Case[] {
  const { audit, reasons } = scenario;
  return [
    {
      name: "verdict",
      outcome: OUTCOMES[scenario.status],
      text: `${scenario.status}: ${reasons.map(({ text, next }) => `${text} Next: ${next}`).join(" ")}`,
    },
    { name: "audit", outcome: audit.isClean ? "passed" : "failed", text: audit.details.join("; ") },
    ...scenario.thresholds.map((threshold): Case => ({
      name: threshold.expression,
      outcome: outcomeOf(threshold, scenario),
      text: `measured ${formatActual(threshold.actual)} (${threshold.reason})`,
    })),
  ];
}

const OUTCOMES = { passed: "passed", failed: "failed", inconclusive: "skipped", void: "skipped" } as const;

/** A missed limit is a failure only where it made the scenario fail: the machine may be the reason. */
function outcomeOf({ holds, kind, expression }: ThresholdResult, { status, reasons }: ScenarioResult): Case["outcome"] {
  if (holds) return "passed";
  if (kind === "gate") return status === "void" ? "skipped" : "failed";
  return reasons.some(({ verdict, text }) => verdict === "failed" && text.includes(expression)) ? "failed" : "skipped";
}

function caseElement({ name: classname }: ScenarioResult, { name, outcome, text }: Case): string {
  const tag = { passed: null, failed: "failure", skipped: "skipped" }[outcome];
  return element("testcase", { classname, name }, tag === null ? "" : element(tag, { message: text }));
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
