import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { repeatedRuns, withWork } from "@meshhook/bench/testing";
import { runCli } from "@meshhook/testkit/process";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { compareReports, type ReportFormat } from "../src/command/bench/compare.ts";
import { gateChange, type GateRequest } from "../src/command/bench/gate.ts";
import { writeReportAgain } from "../src/command/bench/report.ts";
import { showTrend } from "../src/command/bench/trend.ts";
import { CommandError } from "../src/exit-codes.ts";
import type { Output } from "../src/terminal/output.ts";

vi.setConfig({ testTimeout: 120_000 });

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "meshhook-bench-compare-"));
});

afterEach(() => rm(folder, { recursive: true }));

/** Writes the reports of both sides, one folder each, and gives the folders of the sides. */
async function write(order: string, statements: number): Promise<{ readonly a: string; readonly b: string }> {
  const { baseline, candidate } = repeatedRuns({ order, change: (scenario) => withWork(scenario, { statements }) });
  for (const [side, results] of [["a", baseline] as const, ["b", candidate] as const]) {
    for (const result of results) {
      await mkdir(join(folder, side, result.id), { recursive: true });
      await writeFile(join(folder, side, result.id, "result.json"), JSON.stringify(result));
    }
  }
  return { a: join(folder, "a"), b: join(folder, "b") };
}

interface Ended {
  readonly exit: string;
  /** What was printed, or the error's message. */
  readonly text: string;
}

async function run(command: (output: Output) => Promise<string>): Promise<Ended> {
  const lines: string[] = [];
  const line = (text: string) => void lines.push(text);
  try {
    const exit = await command({ isClosed: false, failure: null, settled: () => Promise.resolve(), line });
    return { exit, text: lines.join("\n") };
  } catch (error) {
    if (error instanceof CommandError) return { exit: error.exit, text: error.message };
    throw error;
  }
}

const compare = (baseline: string, candidate: string, format: ReportFormat = "table", html: string | null = null) =>
  run((output) => compareReports({ baseline, candidate, format, html }, output));
const report = (of: string, against: string | null = null) =>
  run((output) => writeReportAgain(of, against, output).then(() => "ok"));
const trend = (history: string, add: string | null = null, format: ReportFormat = "table") =>
  run((output) => showTrend({ history, add, format }, output));

const gate = (candidate: string, options: Partial<GateRequest> = {}) =>
  run((output) => gateChange({ candidate, baseline: null, format: "table", isStrict: false, ...options }, output));

test("on the command line: a candidate that is worse ends with 4, and a format that does not exist with 2", async () => {
  const { a, b } = await write("AB", 2);
  const worse = await runCli(["bench", "compare", a, b], {});
  expect([worse.code, worse.stderr]).toEqual([4, ""]);
  expect(worse.stdout).toMatch(/^Worse: \d+ of \d+ figures changed for the worse\n/);
  const wrong = await runCli(["bench", "trend", "--format", "pdf"], {});
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("table, json, markdown");
});

test("compare prints a table, Markdown and JSON", async () => {
  const { a, b } = await write("ABBABAAB", 2);
  expect(await compare(a, b)).toMatchObject({
    exit: "notMet",
    text: expect.stringContaining("Arrangement: interleaved.") as string,
  });
  expect(JSON.parse((await compare(a, b, "json")).text)).toMatchObject({ verdict: "worse", baseline: { runs: 4 } });
  expect((await compare(a, b, "markdown")).text).toContain("| **worse** |");
});

test("compare writes a page as well, and leaves its output as it is", async () => {
  const { a, b } = await write("AB", 2);
  const page = join(folder, "comparison.html");
  expect(await compare(a, b, "json", page)).toEqual(await compare(a, b, "json"));
  expect(await readFile(page, "utf8")).toMatch(/^<!doctype html>[\s\S]*Worse: /);
  const nowhere = await compare(a, b, "json", join(folder, "none", "comparison.html"));
  expect(nowhere.exit).toBe("badInput");
  expect(nowhere.text).toContain("Name a file in a folder that exists");
});

test("report writes every page of a result again, and a comparison with another", async () => {
  const { a, b } = await write("AB", 2);
  const [name = ""] = await readdir(b);
  const before = await readFile(join(b, name, "result.json"), "utf8");
  const { exit, text } = await report(join(b, name), a);
  expect([exit, text]).toEqual(["ok", expect.stringContaining("Worse: ")]);
  expect(await readdir(join(b, name))).toEqual([
    "comparison.html",
    "figures.csv",
    "junit.xml",
    "metrics.txt",
    "report.html",
    "report.md",
    "result.json",
    "series.csv",
  ]);
  expect(JSON.parse(await readFile(join(b, name, "result.json"), "utf8"))).toEqual(JSON.parse(before));
});

test("report names what is missing or not valid, and writes nothing", async () => {
  const empty = await report(folder);
  expect(empty.exit).toBe("badInput");
  expect(empty.text).toContain("Name the folder of a report");
  const { b } = await write("AB", 1);
  const [name = ""] = await readdir(b);
  const file = join(b, name, "result.json");
  await writeFile(file, (await readFile(file, "utf8")).replace('"seed":42', '"seed":"x"'));
  const wrong = await report(join(b, name));
  expect(wrong.text).toContain("/seed must be integer");
  expect(await readdir(join(b, name))).toEqual(["result.json"]);
});

test("compare takes a file, a report's folder or a folder of reports; better ends well, and what is open is inconclusive", async () => {
  const { a, b } = await write("AB", 0.5);
  const [[left], [right]] = [await readdir(a), await readdir(b)];
  expect((await compare(join(a, left!, "result.json"), join(b, right!))).exit).toBe("ok");
  expect((await compare(a, a)).exit).toBe("inconclusive");
});

test("compare names what is missing, not JSON or no result, in every file", async () => {
  const { a } = await write("AB", 1);
  await mkdir(join(folder, "c", "1"), { recursive: true });
  await mkdir(join(folder, "c", "2"));
  await mkdir(join(folder, "empty"));
  await writeFile(join(folder, "c", "1", "result.json"), "{");
  await writeFile(join(folder, "c", "2", "result.json"), '{"schemaVersion":1}');
  const { exit, text } = await compare(a, join(folder, "c"));
  expect(exit).toBe("badInput");
  expect(text).toContain(`${join(folder, "c", "1", "result.json")}: The file is not JSON: `);
  expect(text).toContain(`${join(folder, "c", "2", "result.json")}: This is not a result`);
  expect(text).toMatch(/\n {2}and \d+ more$/);
  expect((await compare(a, join(folder, "nothing"))).text).toContain("There is no such file or folder.");
  expect((await compare(join(folder, "empty"), a)).text).toContain("The folder has no result.json");
});

test("compare refuses another machine with what differs", async () => {
  const { a, b } = await write("AB", 1);
  const [name] = await readdir(b);
  const file = join(b, name!, "result.json");
  await writeFile(file, (await readFile(file, "utf8")).replace('"cores":2', '"cores":8'));
  const { exit, text } = await compare(a, b);
  expect(exit).toBe("badInput");
  expect(text).toContain("  cores: 2 and 8\n");
  expect(text).toContain("Measure both on the same machine");
});

test("gate lets open questions pass unless it is strict, and stops what is worse than the baseline", async () => {
  const { a, b } = await write("ABBABAAB", 2);
  expect(await gate(a)).toMatchObject({
    exit: "ok",
    text: expect.stringMatching(/^The gate lets this change pass: /) as string,
  });
  const worse = await gate(b, { baseline: a });
  expect(worse.exit).toBe("notMet");
  expect(worse.text).toContain("failed: statements per run, compared.");
  expect((await gate(a, { baseline: a })).exit).toBe("ok");
  expect((await gate(a, { baseline: a, isStrict: true })).exit).toBe("inconclusive");
});

test("gate prints Markdown, JUnit and JSON, and refuses a baseline from another machine", async () => {
  const { a, b } = await write("AB", 2);
  expect((await gate(b, { baseline: a, format: "markdown" })).text).toContain("| **failed** |");
  expect((await gate(b, { baseline: a, format: "junit" })).text).toContain("<failure message=");
  expect(JSON.parse((await gate(b, { baseline: a, format: "json" })).text)).toMatchObject({ verdict: "failed" });
  const [name] = await readdir(b);
  const file = join(b, name!, "result.json");
  await writeFile(file, (await readFile(file, "utf8")).replace('"cores":2', '"cores":8'));
  expect((await gate(b, { baseline: a })).exit).toBe("badInput");
});

test("trend adds each report once, and names a lasting change with its two revisions", async () => {
  const { a, b } = await write("AAAAAAAAABBBBBBBBB", 2);
  const history = join(folder, "new", "history");
  const first = await trend(history, a);
  expect(first.exit).toBe("ok");
  expect(first.text).toContain(`Added run-0 to ${history}.`);
  expect(first.text).toContain("No lasting change in 9 results");
  expect((await trend(history, a)).text).toContain(`${history} has run-0 already.`);
  expect(await readdir(history)).toHaveLength(9);
  expect(JSON.parse((await trend(history, b, "json")).text)).toMatchObject({ results: 18, leftOut: 0 });
  expect((await trend(history)).text).toMatch(
    /webhook-ack-nominal, statements per run: .* \(worse\)\n {4}between aaaaaaaaaa .* and bbbbbbbbbb/,
  );
  expect((await trend(history, null, "markdown")).text).toContain("| statements per run |");
});

test("trend says that a history is empty, and names a file that is not an entry or cannot be written", async () => {
  expect((await trend(join(folder, "none"))).text).toBe(
    "The history is empty; `meshhook bench trend --add <report>` adds a result",
  );
  await writeFile(join(folder, "other.json"), '{"schemaVersion":2}');
  const { exit, text } = await trend(folder);
  expect(exit).toBe("badInput");
  expect(text).toContain(`${join(folder, "other.json")}: This is not an entry that`);
  expect(text).toContain("/schemaVersion: ");
  const { a } = await write("AB", 1);
  expect((await trend(join(folder, "other.json", "history"), a)).text).toMatch(
    /Cannot (read the history|write the entry)/,
  );
});
