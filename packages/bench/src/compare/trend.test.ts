import { expect, test } from "vitest";
import { repeatedRuns, withWork } from "../../test/repeated-results.ts";
import { sampleResult } from "../../test/sample-result.ts";
import { historyEntry, historyFileName, parseHistoryEntry } from "./history.ts";
import type { HistoryEntry } from "./history.ts";
import { trendMarkdown, trendText } from "./trend-text.ts";
import { findTrends } from "./trend.ts";

/** Ten results, then eight in which a run costs more log. */
function history(walFactor: number, seed = 1): HistoryEntry[] {
  const { baseline, candidate } = repeatedRuns({
    order: "AAAAAAAAAABBBBBBBB",
    seed,
    change: (scenario) => withWork(scenario, { walBytes: walFactor }),
  });
  return [...candidate, ...baseline].map(historyEntry);
}

test("an entry keeps what identifies a result and its figures, and no more than a few kilobytes", () => {
  const entry = historyEntry(sampleResult());
  expect(entry).toMatchObject({ id: "20261124-001026-quick", suite: "quick", seed: 42, verdict: "passed" });
  expect(entry.scenarios["webhook-ack-nominal"]).toMatchObject({
    status: "passed",
    figures: { "work.journalRows": 1, "work.commits": 0.94 },
  });
  expect(JSON.stringify(entry).length).toBeLessThan(8_000);
  expect(historyFileName(entry)).toBe("2026-11-24-001026-8632d44c1f.json");
  expect(historyFileName({ ...entry, commit: null })).toBe("2026-11-24-001026-no-commit.json");
});

test("a scenario that lost work, is void or is not backed stays in the history, without figures", () => {
  const healthy = sampleResult();
  const [first, ...others] = healthy.scenarios;
  for (const spoiled of [
    { audit: { ...first!.audit, isClean: false } },
    { status: "void" as const },
    { generator: { ...first!.generator, isBacked: false } },
  ]) {
    const entry = historyEntry({ ...healthy, scenarios: [{ ...first!, ...spoiled }, ...others] });
    expect(entry.scenarios[first!.name]!.figures).toEqual({});
  }
});

test("an entry survives JSON, and a document that is none is refused with every place", () => {
  const entry = historyEntry(sampleResult());
  expect(parseHistoryEntry(JSON.parse(JSON.stringify(entry)))).toEqual({ entry });
  const wrong = { ...entry, seed: "7", scenarios: { x: { status: "fine", load: "", figures: { y: null } } } };
  const parsed = parseHistoryEntry(wrong);
  if ("entry" in parsed) throw new Error("It was accepted.");
  expect(parsed.issues.join("\n")).toMatch(
    /\/seed: .*integer[^]*\/scenarios\/x\/status: [^]*\/scenarios\/x\/figures\/y: .*number/,
  );
  expect(parseHistoryEntry(null)).toHaveProperty("issues");
});

test("a run that costs 20 % more log is one warning per scenario, between the two results where it began", () => {
  const report = findTrends(history(1.2));
  const changed = report.series.filter(({ changes }) => changes.length > 0);
  expect(report).toMatchObject({ results: 18, leftOut: 0 });
  expect(new Set(changed.map(({ key }) => key))).toEqual(new Set(["work.walBytes"]));
  expect(changed.length).toBeGreaterThan(2);
  for (const { changes } of changed) {
    expect(changes).toMatchObject([{ direction: "worse", last: { id: "run-9" }, first: { id: "run-10" } }]);
    expect(changes[0]!.after / changes[0]!.before).toBeCloseTo(1.2, 1);
  }
  const better = findTrends(history(0.8)).series.flatMap(({ changes }) => changes);
  expect(new Set(better.map(({ direction }) => direction))).toEqual(new Set(["better"]));
});

test("a history without a change has none, and five results are too few for one", () => {
  expect(trendText(findTrends(history(1)))).toMatch(/^No lasting change in 18 results\n/);
  const few = findTrends(history(2).filter(({ id }) => ["run-8", "run-9", "run-10", "run-11"].includes(id)));
  expect(few.series.flatMap(({ changes }) => changes)).toEqual([]);
  expect(trendText(few)).toMatch(/^Too few results: 4 of at least 6\n/);
  expect(trendText(findTrends([]))).toBe("The history is empty; `meshhook bench trend --add <report>` adds a result");
});

test("of 40 steady histories with all their figures, no more than four have a false change", () => {
  const steady = Array.from({ length: 40 }, (_, seed) => findTrends(history(1, seed + 100)));
  const alarmed = steady.filter(({ series }) => series.some(({ changes }) => changes.length > 0));
  expect(alarmed.length).toBeLessThanOrEqual(4);
});

test("results of another environment or with another seed are left out, and counted", () => {
  const entries = history(1.2).map((entry, index) => (index < 3 ? { ...entry, fingerprint: "elsewhere" } : entry));
  const report = findTrends(entries.map((entry, index) => (index === 4 ? { ...entry, seed: 7 } : entry)));
  expect(report).toMatchObject({ results: 14, leftOut: 4 });
  expect(trendText(report)).toContain("Left out: 4 results of another environment or with another seed.");
});

test("shorter runs are not part of a series: only the newest load of a scenario is followed, and the others are counted", () => {
  const entries = history(1.2);
  const short = historyEntry({
    ...sampleResult(),
    scenarios: sampleResult().scenarios.map((each) => ({ ...each, load: { ...each.load, durationMs: 3_000 } })),
  });
  const report = findTrends([...entries, { ...short, id: "short", startedAtMs: short.startedAtMs + 1 }]);
  expect(report.results).toBe(19);
  expect(
    new Set(report.series.map(({ points, otherLoads }) => `${String(points.length)} ${String(otherLoads)}`)),
  ).toEqual(new Set(["18 1"]));
  expect(trendText(report)).toContain("Left out of some figures: up to 1 result with another load.");
  const inOrder = entries.toSorted((a, b) => a.startedAtMs - b.startedAtMs);
  const asking = (digest: string) =>
    inOrder.map((entry) => ({
      ...entry,
      scenarios: Object.fromEntries(
        Object.entries(entry.scenarios).map(([name, scenario]) => [name, { ...scenario, digest }]),
      ),
    }));
  // The same question, measured in more blocks, is the same load.
  const sample = sampleResult();
  const result = { ...sample, scenarios: sample.scenarios.map((scenario) => ({ ...scenario, digest: "a" })) };
  const longer = {
    ...result,
    scenarios: result.scenarios.map((each) => ({ ...each, load: { ...each.load, durationMs: 90_000 } })),
  };
  expect(historyEntry(longer).scenarios).toEqual(historyEntry(result).scenarios);
  // Another workflow or other payloads under the same name: as far as entries say what they asked.
  const [older, newer] = [asking("a"), asking("b")];
  const changed = findTrends([...inOrder.slice(0, 3), ...older.slice(3, 8), ...newer.slice(8)]);
  expect(changed.series[0]).toMatchObject({ otherLoads: 5 });
});

test("the text names scenario, figure, both levels and the revisions", () => {
  const text = trendText(findTrends(history(1.2)));
  expect(text).toMatch(/^\d+ lasting changes in 18 results, \d+ for the worse\nEnvironment: AMD EPYC 9R14, 2 cores, /);
  expect(text).toMatch(
    / {2}webhook-ack-nominal, log written per run: 1\.4\d? kB to 1\.[67]\d? kB, \+\d+(\.\d)? % \(worse\)\n {4}between aaaaaaaaaa \(2026-11-24 00:55:26 UTC\) and bbbbbbbbbb \(2026-11-24 01:00:26 UTC\)/,
  );
  const markdown = trendMarkdown(findTrends(history(1.2)));
  expect(markdown).toContain("| `webhook-ack-nominal` | log written per run |");
  expect(markdown).toMatch(/\| `webhook-ack-nominal` \| rows per run \| 18 \| 1 \|/);
});

test("a figure that this version does not know is followed under its key", () => {
  const entries = history(1).map((entry) => ({
    ...entry,
    scenarios: {
      later: {
        status: "passed" as const,
        load: "",
        figures: { "work.future": entry.commit!.revision[0] === "b" ? 3 : 2 },
      },
    },
  }));
  const [series] = findTrends(entries).series;
  expect(series).toMatchObject({ key: "work.future", label: "work.future", unit: null });
  expect(series!.changes).toMatchObject([{ direction: null, before: 2, after: 3 }]);
  expect(trendText(findTrends(entries))).toContain("later, work.future: 2 to 3, +50 % (changed)");
});
