import { expect, test } from "vitest";
import { repeatedRuns, withLatency, withWork } from "../../test/repeated-results.ts";
import type { RepeatedRuns } from "../../test/repeated-results.ts";
import type { BenchResult } from "../result/result.ts";
import { interleave } from "../stats/index.ts";
import { compareResults } from "./compare-results.ts";
import type { ComparisonReport } from "./comparison-report.ts";
import { UnlikeResults } from "./likeness.ts";

const ABBA = "ABBABAABABBABAAB";

function compare(runs: RepeatedRuns): ComparisonReport {
  const { baseline, candidate } = repeatedRuns(runs);
  return compareResults(baseline, candidate);
}

function figure(report: ComparisonReport, scenario: string, key: string) {
  const found = report.scenarios.find(({ name }) => name === scenario)?.figures.find((each) => each.key === key);
  if (found === undefined) throw new Error(`${scenario} has no ${key}`);
  return found;
}

test("the same code in interleaved runs raises no alarm in at least 95 of 100 comparisons of all scenarios", () => {
  const quiet = Array.from({ length: 100 }, (_, seed) => compare({ order: ABBA, seed })).filter(
    ({ arrangement, verdict }) => arrangement === "interleaved" && (verdict === "same" || verdict === "inconclusive"),
  );
  expect(quiet.length).toBeGreaterThanOrEqual(95);
});

test("one more statement per run is found in four pairs among all other figures, and nothing else is blamed", () => {
  const report = compare({
    order: "ABBABAAB",
    change: (scenario) => withWork(scenario, { statements: 2 }),
  });
  expect(report.verdict).toBe("worse");
  const worse = report.scenarios.flatMap(({ figures }) => figures.filter(({ verdict }) => verdict === "worse"));
  expect(new Set(worse.map(({ key }) => key))).toEqual(new Set(["work.statements"]));
  const statements = figure(report, "webhook-ack-nominal", "work.statements");
  expect(statements).toMatchObject({ verdict: "worse", mayGate: true, count: 4, why: null });
  expect(statements.ratio?.estimate).toBeCloseTo(2, 1);
  expect(statements.ratio?.low).toBeGreaterThan(1.5);
});

test("a latency that doubles is found in interleaved pairs, and is not even judged one after the other", () => {
  const change: RepeatedRuns["change"] = (scenario) => withLatency(scenario, 3);
  const interleaved = figure(compare({ order: ABBA + ABBA, change }), "webhook-ack-nominal", "latency.ack.p50Ms");
  expect(interleaved).toMatchObject({ verdict: "worse", mayGate: true });
  const blocks = compare({ order: "AAAAAAAABBBBBBBB", change });
  expect(blocks.arrangement).toBe("one after the other");
  const apart = figure(blocks, "webhook-ack-nominal", "latency.ack.p50Ms");
  expect(apart).toMatchObject({ verdict: "inconclusive", mayGate: false });
  expect(apart.why).toContain("interleaved");
  expect(apart.ratio?.estimate).toBeGreaterThan(2);
});

test("counts of work are judged in any order, from four runs a side", () => {
  const report = compare({ order: "AAAABBBB", change: (scenario) => withWork(scenario, { walBytes: 1.2 }) });
  expect(figure(report, "webhook-ack-nominal", "work.walBytes").verdict).toBe("worse");
  expect(figure(report, "webhook-ack-nominal", "work.journalRows").verdict).toBe("same");
});

test("times that are not judged do not make it harder to find a change in the counts", () => {
  const found = Array.from({ length: 12 }, (_, seed) => {
    const change: RepeatedRuns["change"] = (scenario) => withWork(scenario, { statements: 1.15 });
    const report = compare({ order: "AAAABBBB", seed: seed + 1, change });
    return figure(report, "webhook-ack-nominal", "work.statements").verdict;
  });
  // Seven, if all figures shared the alarms.
  expect(found.filter((verdict) => verdict === "worse").length).toBeGreaterThanOrEqual(10);
});

test("single runs tell only what is beyond the difference between single runs of the same code", () => {
  const doubled = compare({ order: "AB", change: (scenario) => withWork(scenario, { statements: 2, walBytes: 1.02 }) });
  expect(doubled.arrangement).toBe("single runs");
  expect(figure(doubled, "webhook-ack-nominal", "work.statements")).toMatchObject({
    verdict: "worse",
    ratio: { low: null, high: null },
  });
  expect(figure(doubled, "webhook-ack-nominal", "work.journalRows").verdict).toBe("same");
  const wal = figure(doubled, "webhook-ack-nominal", "work.walBytes");
  expect(wal.verdict).toBe("inconclusive");
  expect(wal.why).toContain("Within the 5 %");
  expect(compare({ order: "AB", change: (scenario) => withWork(scenario, { statements: 0.5 }) }).verdict).toBe(
    "better",
  );
});

test("what is open says about how many more pairs it needs", () => {
  const open = figure(compare({ order: "ABBABAAB" }), "webhook-ack-nominal", "work.meshhookCpuMs");
  expect(open.verdict).toBe("inconclusive");
  expect(open.why).toMatch(/^Needs about \d+ more pairs?\.$/);
});

test("every order that `interleave` draws counts as interleaved", () => {
  for (let seed = 0; seed < 20; seed++) {
    const order = interleave(4, seed).map((version) => (version === "baseline" ? "A" : "B"));
    expect(compare({ order: order.join("") }).arrangement).toBe("interleaved");
  }
});

test("fifty runs on each side have means, although the product of their bytes is beyond all numbers", () => {
  const report = compare({ order: "ABBA".repeat(25) });
  expect(figure(report, "webhook-ack-nominal", "resources.meshhook.rssBytesMax").candidate! / 121e6).toBeCloseTo(1, 1);
});

test("ABAB is not interleaved, because the candidate always comes second; a last run without its partner does no harm", () => {
  expect(compare({ order: "ABABABAB" }).arrangement).toBe("one after the other");
  const cut = compare({ order: "ABBABAABA" });
  expect(cut.arrangement).toBe("interleaved");
  expect(figure(cut, "webhook-ack-nominal", "work.statements").count).toBe(4);
});

test("at saturation the runs completed count, and statements are a matter of the machine", () => {
  const report = compare({ order: ABBA });
  const saturation = report.scenarios.find(({ figures }) =>
    figures.some(({ key }) => key === "throughput.completedPerSecond"),
  )!;
  expect(saturation.name).toContain("saturation");
  const blocks = compare({ order: "AAAABBBB" });
  expect(figure(blocks, saturation.name, "work.statements")).toMatchObject({ verdict: "inconclusive", mayGate: false });
  expect(figure(blocks, saturation.name, "work.journalRows")).toMatchObject({ verdict: "same", mayGate: true });
});

test("a candidate that lost work is worse, whatever its figures are; a baseline that did says nothing", () => {
  const change: RepeatedRuns["change"] = ({ name, audit }) =>
    name === "webhook-ack-nominal" ? { audit: { ...audit, isClean: false, lost: 1 } } : {};
  const { baseline, candidate } = repeatedRuns({ order: ABBA, change });
  const report = compareResults(baseline, candidate);
  expect(report.verdict).toBe("worse");
  expect(report.scenarios[0]).toMatchObject({ name: "webhook-ack-nominal", verdict: "worse", figures: [] });
  expect(report.scenarios[0]!.why).toContain("audit of the candidate");
  expect(compareResults(candidate, baseline).scenarios[0]).toMatchObject({ verdict: "inconclusive", figures: [] });
});

test("a gate on a count of work must be missed by more than half of the candidate's runs", () => {
  const { baseline, candidate } = repeatedRuns({ order: ABBA });
  const gate = { expression: "work.statementsPerCommit <= 1.25", kind: "gate", reason: "planted" } as const;
  const missedBy = (count: number) =>
    candidate.map((result, run) => ({
      ...result,
      scenarios: result.scenarios.map((scenario) => ({
        ...scenario,
        thresholds: [...scenario.thresholds, { ...gate, actual: run < count ? 1.3 : 0.9, holds: run >= count }],
      })),
    }));
  const half = candidate.length / 2;
  expect(compareResults(baseline, missedBy(half)).scenarios[0]?.figures.length).toBeGreaterThan(0);
  expect(compareResults(baseline, missedBy(half + 1)).scenarios[0]).toMatchObject({ verdict: "worse", figures: [] });
});

test("a candidate that misses a gate which the baseline holds is worse, and a gate that both miss is not held against it", () => {
  const missing: RepeatedRuns["change"] = ({ thresholds }) => ({
    thresholds: thresholds.map((each) =>
      each.expression === "answers.unexpected == 0" ? { ...each, actual: 31, holds: false } : each,
    ),
  });
  const { baseline, candidate } = repeatedRuns({ order: ABBA, change: missing });
  const report = compareResults(baseline, candidate);
  expect(report.scenarios[0]).toMatchObject({ verdict: "worse", figures: [] });
  expect(report.scenarios[0]!.why).toBe("The candidate misses what the baseline holds: `answers.unexpected == 0`.");
  const both = compareResults(
    baseline.map((each) => ({ ...each, scenarios: each.scenarios.map((one) => ({ ...one, ...missing(one) })) })),
    candidate,
  );
  expect(both.scenarios[0]!.figures.length).toBeGreaterThan(5);
});

test("a figure that one side does not have is shown, and not left out", () => {
  const noAnswer: RepeatedRuns["change"] = ({ latency }) => ({
    latency: { ...latency, ack: { ...latency["ack"]!, failed: 900, p99Ms: null } },
  });
  expect(figure(compare({ order: ABBA, change: noAnswer }), "webhook-ack-nominal", "latency.ack.p99Ms")).toMatchObject({
    candidate: null,
    ratio: null,
    verdict: "inconclusive",
    why: "The candidate has no such figure.",
  });
});

test("void and unbacked scenarios are left out with their partner, and said so when none is left", () => {
  const { baseline, candidate } = repeatedRuns({ order: ABBA });
  const spoiled = candidate.map((result, index) => {
    if (index > 1) return result;
    const [first, ...others] = result.scenarios;
    return { ...result, scenarios: [{ ...first!, status: "void" as const }, ...others] };
  });
  expect(figure(compareResults(baseline, spoiled), "webhook-ack-nominal", "work.commits").count).toBe(6);
  const unbacked = candidate.map((result) => ({
    ...result,
    scenarios: result.scenarios.map((each) => ({ ...each, generator: { ...each.generator, isBacked: false } })),
  }));
  const report = compareResults(baseline, unbacked);
  expect(report.verdict).toBe("inconclusive");
  expect(report.scenarios[0]!.why).toContain("does not back");
});

test("a scenario with another load, or on one side only, is named and not compared", () => {
  const { baseline, candidate } = repeatedRuns({ order: "ABBA" });
  const [first, ...others] = baseline[0]!.scenarios;
  const changed = (load: object): readonly BenchResult[] =>
    candidate.map((each) => ({ ...each, scenarios: [{ ...first!, load: { ...first!.load, ...load } }, ...others] }));
  expect(compareResults(baseline, changed({ ratePerSecond: 200 })).scenarios[0]!.why).toBe(
    "The load differs: the rate per second is 100 in the baseline and 200 in the candidate.",
  );
  const asking = (results: readonly BenchResult[], digest: string) =>
    results.map((each) => ({ ...each, scenarios: [{ ...first!, digest }, ...others] }));
  expect(compareResults(asking(baseline, "a"), asking(candidate, "a")).scenarios[0]!.why).toBeNull();
  expect(compareResults(asking(baseline, "a"), asking(candidate, "b")).scenarios[0]!.why).toBe(
    "The question differs: the scenario, its workflow or its payloads changed, although their names did not.",
  );
  // More blocks were added on one side: the same question, measured for longer.
  const longer = changed({ durationMs: 40_000 }).map((each) => ({
    ...each,
    scenarios: each.scenarios.map((scenario) => ({ ...scenario, digest: "a" })),
  }));
  expect(compareResults(asking(baseline, "a"), longer).scenarios[0]!.why).toBeNull();
  expect(compareResults(baseline, changed({ durationMs: 40_000 })).scenarios[0]!.why).toContain("the measured time");
  // Earlier results do not say what they asked.
  expect(compareResults(baseline, asking(candidate, "b")).scenarios[0]!.why).toBeNull();
  const driver = { name: "k6", version: "2.3.0", timesFrom: "send" };
  expect(compareResults(baseline, changed({ driver })).scenarios[0]!.why).toBe(
    "The load was sent by the built-in generator in the baseline and by k6 2.3.0 (times from the actual send) in the candidate.",
  );
  const without = candidate.map((each) => ({ ...each, scenarios: others }));
  expect(compareResults(baseline, without).scenarios[0]).toMatchObject({
    verdict: "inconclusive",
    why: "The candidate has no such scenario.",
  });
});

test("searches are compared by the highest rate that was sustained, and by nothing else", () => {
  const { baseline, candidate } = repeatedRuns({ order: "ABBAABBA" });
  const found = (results: readonly BenchResult[], rates: readonly number[]) =>
    results.map((each, index) => ({
      ...each,
      scenarios: each.scenarios.slice(0, 1).map((scenario) => ({
        ...scenario,
        load: { ...scenario.load, ratePerSecond: rates[index] ?? 0 },
        search: {
          lastPassingPerSecond: rates[index] ?? 0,
          firstFailingPerSecond: null,
          isSustained: true,
          sustainMs: 15_000,
          binding: [],
          because: "boundary" as const,
          probes: [],
        },
      })),
    }));
  const report = compareResults(found(baseline, [800, 812, 790, 805]), found(candidate, [500, 508, 495, 502]));
  expect(report.scenarios[0]?.figures.map(({ key, verdict }) => [key, verdict])).toEqual([
    ["search.lastPassingPerSecond", "worse"],
  ]);
});

test("results from unlike environments are refused, and every difference is named", () => {
  const { baseline, candidate } = repeatedRuns({ order: "ABBA" });
  const elsewhere = candidate.map((result) => ({
    ...result,
    environment: {
      ...result.environment,
      fingerprint: "another",
      synchronousCommit: "off",
      host: { ...result.environment.host, cores: 4 },
      postgres: {
        ...result.environment.postgres,
        settings: { ...result.environment.postgres.settings, wal_compression: "lz4" },
      },
    },
  }));
  expect(() => compareResults(baseline, elsewhere)).toThrow(UnlikeResults);
  expect(() => compareResults(baseline, elsewhere)).toThrow(
    /cores: 2 and 4\n.*synchronous_commit: on and off\n.*wal_compression: off and lz4\nMeasure both on the same machine/s,
  );
  const disk = candidate.map((each) => ({ ...each, environment: { ...each.environment, fingerprint: "another" } }));
  expect(() => compareResults(baseline, disk)).toThrow("the environment's fingerprint");
});

test("a setting of PostgreSQL that is varied on purpose may differ, and no other", () => {
  const { baseline, candidate } = repeatedRuns({ order: "ABBA" });
  const set = (settings: object) =>
    candidate.map(({ environment, ...result }) => ({
      ...result,
      environment: {
        ...environment,
        fingerprint: "another",
        postgres: { ...environment.postgres, settings: { ...environment.postgres.settings, ...settings } },
      },
    }));
  const options = { varied: ["wal_compression"] };
  expect(compareResults(baseline, set({ wal_compression: "lz4" }), options).arrangement).toBe("interleaved");
  expect(() => compareResults(baseline, set({ wal_compression: "lz4", shared_buffers: "1GB" }), options)).toThrow(
    "shared_buffers: 512MB and 1GB",
  );
});

test("a side without results is refused", () => {
  const { baseline } = repeatedRuns({ order: "AB" });
  expect(() => compareResults(baseline, [])).toThrow("got 1 and 0");
});
