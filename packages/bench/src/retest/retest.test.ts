import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleResult, sampleWith } from "../../test/sample-result.ts";
import { repeatedRuns, withLatency, withWork } from "../../test/repeated-results.ts";
import { describeAb } from "../ab/describe-ab.ts";
import { ruleCatalogue } from "../finding/catalogue.ts";
import { findBottlenecks, rules } from "../finding/findings.ts";
import { figureOf } from "../compare/figure.ts";
import type { BenchResult, Finding, ScenarioResult } from "../result/result.ts";
import { parseRetest, retestOf } from "../result/retest.ts";
import type { Retest } from "../result/retest.ts";
import { optimizationGuide } from "./guide.ts";
import { judgeRetest } from "./judge-retest.ts";
import { rankRecommendations, recommendationsMarkdown, recommendationsText } from "./recommend.ts";
import { readRetests, writeRetest } from "./retest-files.ts";

const SATURATION = "dag-pure-saturation";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "meshhook-retests-"));
});

afterAll(() => rm(folder, { recursive: true }));

/** A commit for nearly every row at saturation, and updates in a hot table. */
const wasteful = sampleWith(SATURATION, ({ work }) => ({
  work: work && { ...work, commits: 0.97, hotUpdates: 0.2 },
  artifacts: [`dataset/${SATURATION}/block-1/ledger.bin`, `dataset/${SATURATION}/block-1/database.json`],
}));
const findings = findBottlenecks(wasteful);

function finding(id: string): Finding {
  const found = findings.find((each) => each.id === id);
  if (found === undefined) throw new Error(`The sample has no finding ${id}.`);
  return found;
}

/** The knob of `batching-ineffective`, after which a run does this; in eight pairs of blocks. */
function retested(
  change: (scenario: ScenarioResult) => Partial<ScenarioResult>,
  { order = "ABBABAABABBABAAB", noise = 0.2, hour = 15 } = {},
): Retest {
  const only = (result: BenchResult) => ({
    ...result,
    scenarios: result.scenarios.filter(({ name }) => name === SATURATION),
  });
  const { baseline, candidate } = repeatedRuns({ order, noise, change });
  const configuration = {
    description: "this checkout",
    meshhookEnv: {},
    postgresSettings: {},
    checkout: null,
    commit: null,
    meshhookVersion: "0.1.0",
  };
  const ab = describeAb({
    startedAtMs: Date.UTC(2026, 10, 30, hour),
    command: "npm run bench -- retest batching-ineffective",
    seed: 1,
    scenario: { name: SATURATION, title: "Saturation", question: "How many?" },
    order: order.split("").map((letter) => (letter === "A" ? "a" : "b")),
    a: { configuration, results: baseline.map(only) },
    b: { configuration, results: candidate.map(only) },
  });
  const { knob } = finding("batching-ineffective").recommendation;
  if (!knob) throw new Error("The finding has a knob.");
  return judgeRetest({ finding: finding("batching-ineffective"), knob, from: "2", result: wasteful.id, ab });
}

const halfTheCommits = (scenario: ScenarioResult) => withWork(scenario, { commits: 0.5, postgresCpuMs: 0.7 });

test("a promised figure that improves confirms the recommendation, and what it costs is named", () => {
  const retest = retested((scenario) => ({ ...halfTheCommits(scenario), ...withLatency(scenario, 3) }));
  expect(retest.outcome).toBe("confirmed");
  expect(retest.text).toMatch(
    /^MESHHOOK_WRITERS=1 instead of 2 in dag-pure-saturation: commits per run −5\d % \[−.*, at the price of .*p50 \+/,
  );
  expect(retest.figures.find(({ key }) => key === "work.commits")).toMatchObject({
    isExpected: true,
    verdict: "better",
  });
  expect(parseRetest(JSON.parse(JSON.stringify(retest)))).toEqual({ retest });
});

test("the same figures refute it, worse ones as well, and lost work whatever the figures", () => {
  const same = retested(() => ({}), { noise: 0.01 });
  expect([same.outcome, same.text]).toEqual(["refuted", expect.stringContaining("not an improvement that matters")]);
  expect(retested((scenario) => withWork(scenario, { commits: 2, postgresCpuMs: 2 }), { noise: 0.01 }).outcome).toBe(
    "refuted",
  );
  const lost = retested((scenario) => ({
    ...halfTheCommits(scenario),
    throughput: null,
    audit: { ...scenario.audit, isClean: false, lost: 1 },
  }));
  expect([lost.outcome, lost.text]).toEqual([
    "refuted",
    expect.stringContaining("audit of the candidate is not clean"),
  ]);
});

test("fewer commits confirm nothing while the throughput, which was promised as well, leans to the worse", () => {
  const slower = retested(
    (scenario) => ({
      ...withWork(scenario, { commits: 0.5 }),
      throughput: scenario.throughput && {
        ...scenario.throughput,
        completedPerSecond: scenario.throughput.completedPerSecond * 0.9,
      },
    }),
    { noise: 0.45 },
  );
  expect(slower.figures.find(({ key }) => key === "throughput.completedPerSecond")?.verdict).toBe("inconclusive");
  expect(slower.outcome).toBe("inconclusive");
  expect(slower.text).toMatch(
    /commits per run −5\d % .*Looks worse, but is not decided: .*runs completed per second −/,
  );
});

test("a spread that is too large is inconclusive, and so are blocks that are not valid", () => {
  expect(retested(() => ({}), { order: "ABBA", noise: 2 })).toMatchObject({
    outcome: "inconclusive",
    text: expect.stringContaining("the spread over 2 valid pairs is too large to tell") as string,
  });
  expect(retested(() => ({ status: "void" }))).toMatchObject({ outcome: "inconclusive" });
});

test("retests are kept beside the result; the latest counts, and a file that is none is named", async () => {
  expect(await readRetests(folder)).toEqual([]);
  const [first, second] = [retested(halfTheCommits, { hour: 15 }), retested(() => ({}), { hour: 16, noise: 0.01 })];
  await writeRetest(folder, second);
  await writeRetest(folder, first);
  expect(await readdir(join(folder, "retests"))).toEqual([
    "batching-ineffective.2026-11-30T15-00-00.json",
    "batching-ineffective.2026-11-30T16-00-00.json",
  ]);
  const read = await readRetests(folder);
  expect(retestOf(read, "batching-ineffective")).toEqual(second);
  expect(retestOf(read, "rollbacks")).toBeNull();
  const other = join(folder, "other");
  await mkdir(join(other, "retests"), { recursive: true });
  await writeFile(join(other, "retests", "x.json"), '{"kind":"retest"}');
  await expect(readRetests(other)).rejects.toThrow(/x\.json: This is not a retest:\n {2}\/: /);
});

test("a confirmed recommendation comes first, one that was not re-tested says so, and a refuted one is last", () => {
  const order = (retests: readonly Retest[]) => rankRecommendations(findings, retests).map(({ finding: { id } }) => id);
  const confirmed = retested(halfTheCommits);
  const refuted = retested(() => ({}), { noise: 0.01 });
  expect([confirmed.outcome, refuted.outcome]).toEqual(["confirmed", "refuted"]);
  expect(order([])).toEqual(["batching-ineffective", "hot-table-churn"]);
  expect(order([refuted])).toEqual(["hot-table-churn", "batching-ineffective"]);
  expect(order([refuted, { ...confirmed, startedAtMs: refuted.startedAtMs + 1 }])).toEqual([
    "batching-ineffective",
    "hot-table-churn",
  ]);
  const text = recommendationsText(rankRecommendations(findings, []));
  expect(text).toContain("Not re-tested. Try it: `meshhook bench retest batching-ineffective`");
  expect(text).toContain("Not re-tested: no single setting tests it.");
  expect(text).toMatch(
    /dag-pure-saturation: work\.commits = 0\.97 \(limit .*\); 5 blocks, \d+ s measured, dataset\/.*database\.json/,
  );
  expect(recommendationsMarkdown(rankRecommendations(findings, [confirmed]))).toContain(
    "- Confirmed: MESHHOOK\\_WRITERS=1 instead of 2",
  );
  expect(recommendationsText(rankRecommendations(findBottlenecks(sampleResult()), []))).toMatch(/^No rule found/);
});

test("the guide has every rule, puts what was confirmed before what was refuted, and says what was not re-tested", () => {
  const confirmed = retested(halfTheCommits);
  const refuted = { ...retested(() => ({}), { noise: 0.01, hour: 16 }), finding: "roof-share-low" };
  const guide = optimizationGuide(ruleCatalogue(), [refuted, confirmed]);
  for (const { name } of rules) expect(guide).toContain(`### ${name}\n`);
  const [confirmedAt, refutedAt] = ["| [batching-ineffective](#b", "| [roof-share-low](#r"].map((row) =>
    guide.indexOf(row),
  );
  expect(confirmedAt).toBeGreaterThan(guide.indexOf("## Confirmed"));
  expect(refutedAt).toBeGreaterThan(guide.indexOf("## Refuted"));
  expect(refutedAt).toBeGreaterThan(confirmedAt ?? Infinity);
  expect(guide).toContain("- **Seen**: confirmed. MESHHOOK\\_WRITERS=1 instead of 2");
  expect(guide).toContain("- **Seen**: not re-tested.");
});

test("every knob promises figures that a comparison has", () => {
  const promised = rules.flatMap(({ name, knob }) => (knob?.improves ?? []).map((key) => [name, key] as const));
  expect(promised.length).toBeGreaterThan(10);
  expect(promised.filter(([, key]) => figureOf(key) === undefined)).toEqual([]);
});
