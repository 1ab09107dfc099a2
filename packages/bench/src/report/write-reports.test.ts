import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sampleResult } from "../../test/sample-result.ts";
import { writeReports } from "./write-reports.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "meshhook-reports-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test("writes the page, the Markdown and the result, which reads back as it was", async () => {
  const files = await writeReports(sampleResult(), join(folder, "new", "run"));
  expect((await readdir(join(folder, "new", "run"))).toSorted()).toEqual([
    "figures.csv",
    "junit.xml",
    "metrics.txt",
    "report.html",
    "report.md",
    "result.json",
    "series.csv",
  ]);
  expect(await readFile(files.metrics, "utf8")).toMatch(/# EOF\n$/);
  expect(JSON.parse(await readFile(files.json, "utf8"))).toEqual(sampleResult());
  expect(await readFile(files.html, "utf8")).toMatch(/^<!doctype html>/);
  expect(await readFile(files.markdown, "utf8")).toMatch(/^## ✅/);
});

test("writes nothing for a result that does not match its schema, and says why", async () => {
  const outDir = join(folder, "run");
  await expect(writeReports(sampleResult({ seed: -1, startedAtMs: Number.NaN }), outDir)).rejects.toThrow(
    /result 20261124-001026-quick does not match result\.schema\.json, so no report was written:\n {2}\/startedAtMs must be number\n {2}\/seed must be >= 0/,
  );
  expect(await readdir(folder)).toEqual([]);
});
