import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseComparableResult } from "../src/compare/comparable-result.ts";
import { historyEntry, historyFileName, parseHistoryEntry } from "../src/compare/history.ts";
import { peersResultIssues } from "../src/peers/schema.ts";
import type { BenchResult } from "../src/result/result.ts";
import { sampleResult } from "./sample-result.ts";

const FOLDER = join(import.meta.dirname, "../../../benchmarks");

function read(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** What is wrong with a folder of publications; empty when nothing is. */
function publicationIssues(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  const history = entries.filter(({ name }) => name.endsWith(".json")).map(({ name }) => name);
  const issues: string[] = [];
  const ids = new Set<string>();
  for (const name of history) {
    const parsed = parseHistoryEntry(read(join(folder, name)));
    if ("issues" in parsed) issues.push(`${name} is not an entry of a history: ${parsed.issues.join(" ")}`);
    else ids.add(parsed.entry.id);
  }
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    if (!readme.includes(`](${name}/`)) issues.push(`${name} is not linked in README.md`);
    // The guide that is generated from them checks these.
    if (name === "retests") continue;
    const isPeers = name.endsWith("-peers");
    const missing = (isPeers ? ["peers.md", "peers.json"] : ["report.html", "report.md", "result.json"]).filter(
      (file) => !existsSync(join(folder, name, file)),
    );
    issues.push(...missing.map((file) => `${name} has no ${file}`));
    if (missing.length > 0) continue;
    const document = read(join(folder, name, isPeers ? "peers.json" : "result.json")) as Pick<
      BenchResult,
      "id" | "commit" | "verdict"
    > & { readonly isInterrupted?: boolean };
    const parsed = isPeers ? peersResultIssues(document) : [];
    const compared = isPeers ? { result: null } : parseComparableResult(document);
    if ("issues" in compared || parsed.length > 0) issues.push(`${name} holds no result that this version can read`);
    if (document.commit?.isDirty !== false) issues.push(`${name} was measured with uncommitted changes`);
    if (document.verdict === "interrupted" || document.isInterrupted === true) issues.push(`${name} was interrupted`);
    if (!isPeers && !ids.has(document.id)) issues.push(`${name} is not in the history`);
  }
  return issues;
}

test("everything that is published is complete, from a clean revision, linked, and in the history", () => {
  expect(publicationIssues(FOLDER)).toEqual([]);
});

test("git ignores the raw data of publications", () => {
  expect(readFileSync(join(FOLDER, "../.gitignore"), "utf8").split("\n")).toContain("benchmarks/*/dataset/");
});

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meshhook-publications-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function publish(changes: Partial<BenchResult>, readme: string, files = ["report.html", "report.md"]): void {
  const result = { ...sampleResult(), commit: { revision: "0".repeat(40), isDirty: false }, ...changes };
  const place = join(folder, "2026-11-30-quick");
  mkdirSync(place);
  for (const file of files) writeFileSync(join(place, file), "");
  writeFileSync(join(place, "result.json"), JSON.stringify(result));
  writeFileSync(join(folder, "README.md"), readme);
  const entry = historyEntry(result);
  writeFileSync(join(folder, basename(historyFileName(entry))), JSON.stringify(entry));
}

test("a complete publication has no issue", () => {
  publish({}, "[report](2026-11-30-quick/report.md)");
  expect(publicationIssues(folder)).toEqual([]);
});

test("what is missing, dirty or interrupted is named", () => {
  publish({ commit: { revision: "0".repeat(40), isDirty: true }, verdict: "interrupted" }, "");
  writeFileSync(join(folder, "other.json"), "{}");
  mkdirSync(join(folder, "2026-11-30-peers"));
  writeFileSync(join(folder, "2026-11-30-peers", "peers.json"), "{}");
  expect(publicationIssues(folder)).toEqual(
    expect.arrayContaining([
      expect.stringContaining("other.json is not an entry of a history"),
      "2026-11-30-quick is not linked in README.md",
      "2026-11-30-quick was measured with uncommitted changes",
      "2026-11-30-quick was interrupted",
      "2026-11-30-peers has no peers.md",
    ]),
  );
});
