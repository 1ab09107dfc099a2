import { expect, test } from "vitest";
import { failedSample, sampleResult, sampleWith } from "../../test/sample-result.ts";
import type { BenchResult, ScenarioResult } from "../result/result.ts";
import { renderHtmlReport } from "./html-report.ts";

/** The markup of one scenario's section, without its raw figures. */
function sectionOf(result: BenchResult, index: number): string {
  const [, section = ""] = renderHtmlReport(result).split(`<section class="scenario" id="scenario-${index + 1}">`);
  return section.slice(0, section.indexOf('<details class="raw">'));
}

test("the page holds no script, no outside address, and forbids both", () => {
  const page = renderHtmlReport(sampleResult());
  expect(page).not.toMatch(/<script|<link rel="stylesheet"|\ssrc=|@import|url\(/);
  expect(
    [...page.matchAll(/href="([^"#]*)["#]/g)]
      .map(([, address]) => address)
      .filter((address) => address !== "" && address !== "data:,"),
  ).toEqual([]);
  expect(page).toContain("default-src 'none'");
});

test("what a result says is text, never markup", () => {
  const attack = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;
  const { scenarios, environment, ...rest } = failedSample();
  const result = {
    ...rest,
    id: attack,
    suite: attack,
    command: attack,
    commit: { revision: attack, isDirty: true },
    deviations: [attack],
    environment: {
      ...environment,
      node: attack,
      host: { ...environment.host, cpuModel: attack },
      postgres: { version: attack, settings: { [attack]: attack } },
    },
    scenarios: scenarios.map((scenario): ScenarioResult => ({
      ...scenario,
      name: attack,
      title: attack,
      question: attack,
      load: { ...scenario.load, payload: attack },
      latency: Object.fromEntries(Object.values(scenario.latency).map((latency, index) => [attack + index, latency])),
      errors: { [attack]: 3 },
      audit: { ...scenario.audit, details: [attack] },
      phases: scenario.phases.map((phase) => ({ ...phase, name: attack, from: attack, to: attack })),
      roofShare: { [attack]: 0.5 },
      thresholds: [{ expression: attack, actual: 1, holds: false, reason: attack }],
      generator: { ...scenario.generator, isBacked: false, reasons: [attack] },
      resources: scenario.resources.map((process) => ({ ...process, name: attack })),
      database: scenario.database && {
        ...scenario.database,
        tables: scenario.database.tables.map((table) => ({ ...table, name: attack })),
        statements: scenario.database.statements.map((statement) => ({ ...statement, query: attack })),
        waits: [{ event: attack, samples: 1 }],
      },
      notes: [attack],
      artifacts: [attack],
    })),
    findings: [
      {
        id: attack,
        rule: attack,
        severity: "warning",
        title: attack,
        evidence: [{ scenario: attack, metric: attack, value: attack, limit: attack }],
        cause: attack,
        recommendation: {
          area: "code",
          change: attack,
          expectedEffect: attack,
          effort: "small",
          risk: "low",
          rank: 1,
          rankReason: attack,
          experiment: attack,
        },
      },
    ],
  } satisfies BenchResult;
  const page = renderHtmlReport(result);
  expect(page).not.toContain("<script");
  expect(page).not.toContain("<img");
  expect(page.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(40);
});

test("a scenario whose audit is not clean shows no throughput anywhere, even where the result holds one", () => {
  const dirty = sampleWith("dag-pure-saturation", ({ audit }) => ({
    status: "failed",
    audit: { ...audit, isClean: false, lost: 1 },
  }));
  const section = sectionOf(dirty, 1);
  expect(section).toContain("not shown: audit not clean");
  expect(section).not.toContain("7,600/s");
  expect(section).not.toContain(">answered<");
  const [overview = ""] = renderHtmlReport(dirty).split('<section class="scenario"');
  expect(overview).not.toContain("7,600");
  expect(overview).toContain("<b>Pure workflow, as fast as it goes:</b> the audit is not clean (1 lost)");
});

test("a result without durability says so before any figure", () => {
  const page = renderHtmlReport(failedSample());
  expect(page.indexOf("Not durable: synchronous_commit = off")).toBeGreaterThan(0);
  expect(page.indexOf("Not durable: synchronous_commit = off")).toBeLessThan(page.indexOf('class="key-figures"'));
  expect(renderHtmlReport(sampleResult())).not.toContain("Not durable");
});

test("a limit on work stands beside what was measured", () => {
  expect(sectionOf(sampleResult(), 1)).toMatch(
    /Commits<\/td><td class="cell num">0\.031<\/td><td class="cell num">≤ 0\.05<\/td>/,
  );
});

test("a scenario that measured next to nothing still has its section", () => {
  const bare = sampleWith("webhook-ack-nominal", () => ({
    latency: {},
    phases: [],
    series: [],
    database: null,
    work: null,
    resources: [],
    thresholds: [],
    artifacts: [],
  }));
  expect(sectionOf(bare, 0)).toContain("Not measured.");
  expect(renderHtmlReport({ ...sampleResult(), scenarios: [], verdict: "interrupted" })).toContain(
    "No scenario was measured.",
  );
});

test("a histogram that cannot be read leaves the rest of the page whole", () => {
  const broken = sampleWith("webhook-ack-nominal", ({ latency }) => ({
    latency: Object.fromEntries(
      Object.entries(latency).map(([name, summary]) => [name, { ...summary, histogram: "?" }]),
    ),
  }));
  const section = sectionOf(broken, 0);
  expect(section).not.toContain("Latency by percentile");
  expect(section).toContain("6,000");
});
