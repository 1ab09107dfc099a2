import { expect, test } from "vitest";
import { failedSample, sampleResult, sampleWith } from "../../test/sample-result.ts";
import type { BenchResult, ScenarioResult } from "../result/result.ts";
import { renderHtmlReport } from "./html-report.ts";

/** The markup of one scenario's section, without its raw figures. */
function sectionOf(result: BenchResult, index: number): string {
  const [, section = ""] = renderHtmlReport(result).split(`<div class="scenario-body" id="scenario-${index + 1}">`);
  return section.slice(0, section.indexOf("<h4>Raw figures</h4>"));
}

test("the page holds no script, no outside address, and forbids both", () => {
  const page = renderHtmlReport(sampleResult());
  expect(page).not.toMatch(/<script|<link rel="stylesheet"|\ssrc=|@import|url\(/);
  expect(
    [...page.matchAll(/href="([^"#]*)["#]/g)]
      .map(([, address]) => address)
      .filter((address = "") => !/^$|^data:(,|text\/csv;base64,[\w+/=]+)$/.test(address)),
  ).toEqual([
    ...sampleResult().scenarios.flatMap(() => ["result.json"]),
    "figures.csv",
    "series.csv",
    "result.json",
    "junit.xml",
  ]);
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
      thresholds: [{ expression: attack, actual: 1, holds: false, kind: "gate", reason: attack }],
      reasons: [{ verdict: "failed", text: attack, next: attack }],
      disturbances: [{ metric: attack, value: 1, limit: 0, text: attack }],
      clocks: [{ of: attack, offsetUs: 1, uncertaintyUs: 1 }],
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
  expect(section).toContain("not shown because the audit is not clean");
  expect(section).not.toContain("7,600/s");
  expect(section).not.toMatch(/>answered(<| between)/);
  const [overview = ""] = renderHtmlReport(dirty).split('<div class="scenario-body"');
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
    /Commits<\/div><\/td><td class="cell num" data-label="Per run"><div>0\.031<\/div><\/td><td class="cell num" data-label="Limit"><div>≤ 0\.05</,
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
  expect(section).not.toContain("by percentile");
  expect(section).toContain("6,000");
});

test("a table has a heading for every column, and no table is a landmark", () => {
  const page = renderHtmlReport(failedSample());
  expect(page).not.toMatch(/<th[^>]*>\s*<\/th>/);
  expect(page).not.toContain('role="region"');
});

test("what floating point leaves of zero is shown as zero", () => {
  const page = renderHtmlReport(
    sampleWith("webhook-ack-nominal", ({ phases }) => ({
      phases: phases.map((phase) =>
        phase.name === "unexplained" ? { ...phase, meanMs: -2.1e-17, p50Ms: -2.1e-17, share: -2.01e-16 } : phase,
      ),
    })),
  );
  const row = /unexplained<\/div><\/td>.*?<\/tr>/s.exec(page)?.[0];
  expect(row).toContain(">0 %<");
  expect(row).not.toContain("-0");
});

test("a verdict that is not passed comes with its reasons, and each with a next step", () => {
  const disturbed = sampleWith("webhook-ack-nominal", () => ({
    status: "inconclusive",
    reasons: [{ verdict: "inconclusive", text: "The machine was disturbed.", next: "Measure again." }],
  }));
  const page = renderHtmlReport({ ...disturbed, verdict: "inconclusive" });
  const opening = page.slice(page.indexOf("<h1>"), page.indexOf('id="scenarios"'));
  expect(opening).toContain("Inconclusive");
  expect(opening).toContain("The machine was disturbed.");
  expect(opening).toContain("Measure again.");
});

test("a percentile among the failures reads no answer, not a dash and not a time", () => {
  const refused = sampleWith("webhook-ack-nominal", ({ latency, answers }) => ({
    answers: { ...answers, shed: 300, failed: 300, failedShare: 0.05 },
    latency: {
      ...latency,
      ...(latency["ack"] === undefined
        ? {}
        : {
            ack: { ...latency["ack"], count: 5_700, failed: 300, p99Ms: null, p999Ms: null, meanMs: null, maxMs: null },
          }),
    },
  }));
  expect(sectionOf(refused, 0)).toContain("no answer");
  expect(sectionOf(refused, 0)).toContain("300 of 6,000");
});

test("a recommendation shows what came of its latest re-test, and says where there was none", () => {
  const finding = {
    id: "writers",
    rule: "writers",
    severity: "warning",
    title: "Commits wait for each other",
    evidence: [],
    cause: "One writer.",
    recommendation: {
      area: "code",
      change: "Use two writers.",
      expectedEffect: "More runs.",
      effort: "small",
      risk: "low",
      rank: 10,
      rankReason: "10 % of the time",
      experiment: "meshhook bench retest writers",
    },
  } as const;
  const result = { ...sampleResult(), findings: [finding] };
  const retest = {
    finding: "writers",
    text: "12 % more runs.",
    pairs: 4,
    startedAtMs: 2_000,
    outcome: "confirmed",
  } as const;
  const page = renderHtmlReport(result, [retest, { ...retest, startedAtMs: 1_000, outcome: "refuted" }]);
  expect(page).toMatch(/confirmed<\/span> in 4 interleaved pairs, 1970-01-01 00:00:02 UTC: 12 % more runs\./);
  expect(page).not.toContain("refuted");
  expect(renderHtmlReport(result)).toContain("not re-tested");
});

test("the parts of a slow request are named only between instants that are known", () => {
  const of = (request: { readonly receivedMs: number | null; readonly committedMs: number | null }) =>
    sectionOf(
      sampleWith("webhook-ack-nominal", ({ tail }) => ({
        tail: tail ? { ...tail, slowest: tail.slowest.map((slow) => ({ ...slow, ...request })) } : null,
      })),
      0,
    );
  expect(of({ receivedMs: 7_120.4, committedMs: 7_122.1 })).toContain("received to committed 1.70 ms");
  const unknown = of({ receivedMs: null, committedMs: null });
  expect(unknown).not.toMatch(/received to committed \d/);
  expect(unknown).toContain("not divided, ends as committed to answered 19.1 ms");
});

test("a slow request shows the log of its run, with times since it was due", () => {
  const section = sectionOf(
    sampleWith("webhook-ack-nominal", ({ tail }) => ({
      tail: tail
        ? {
            ...tail,
            slowest: tail.slowest.map((slow) => ({
              ...slow,
              lines: [{ atMs: slow.dueMs + 3.5, text: "run.started <b>" }],
            })),
          }
        : null,
    })),
    0,
  );
  expect(section).toMatch(/Log of the run, 1 line[\s\S]*<span>3\.50 ms<\/span>\s*<code>run\.started &lt;b&gt;<\/code>/);
});

test("a page of many scenarios stays below 1.5 MB: what did not pass keeps its evidence, and what is left out is said", () => {
  const { scenarios, ...rest } = sampleResult();
  const many = (times: number): BenchResult => ({
    ...rest,
    scenarios: Array.from({ length: times }, (_, copy) =>
      scenarios.map((scenario, index) => ({
        ...scenario,
        name: `${scenario.name}-${String(copy)}`,
        status: copy === 1 && index === 0 ? ("failed" as const) : scenario.status,
      })),
    ).flat(),
  });
  const sections = (page: string) => page.split('<details class="scenario"').slice(1);
  const all = renderHtmlReport(many(1));
  const thirty = renderHtmlReport(many(6));
  expect(Buffer.byteLength(thirty)).toBeLessThan(1_500_000);
  expect(sections(thirty)).toHaveLength(30);
  for (const page of [all, thirty]) expect(sections(page)[0]).toContain("<h4>Latency</h4>");
  expect(sections(all)[0]).not.toContain("the page would be too large");
  expect(sections(thirty)[0]).toContain("the page would be too large");
  expect(sections(thirty)[0]).not.toContain("<h4>Database</h4>");
  expect(sections(thirty)[5]).toContain("<h4>Database</h4>");
  expect(sections(thirty)[5]).not.toContain("the page would be too large");
});
