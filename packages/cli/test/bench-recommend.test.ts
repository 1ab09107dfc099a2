import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { repeatedRuns, withWork } from "@meshhook/bench/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

import { recommend } from "../src/command/bench/recommend.ts";
import { retest } from "../src/command/bench/retest.ts";
import { resolveConfig } from "../src/config/resolve.ts";
import type { Output } from "../src/terminal/output.ts";

let reportsDir: string;

/** An older report without findings, and the newest one in which rows rarely share commits. */
beforeAll(async () => {
  reportsDir = await mkdtemp(join(tmpdir(), "meshhook-recommend-"));
  const { candidate } = repeatedRuns({
    order: "AB",
    noise: 0,
    change: (scenario) => withWork(scenario, { commits: 30 }),
  });
  const { baseline } = repeatedRuns({ order: "AB", noise: 0 });
  for (const [name, result, day] of [["old", baseline[0], 1] as const, ["new", candidate[0], 2] as const]) {
    const file = join(reportsDir, name, "result.json");
    await mkdir(join(reportsDir, name));
    await writeFile(file, JSON.stringify(result));
    await utimes(file, new Date(2026, 0, day), new Date(2026, 0, day));
  }
});

afterAll(() => rm(reportsDir, { recursive: true }));

function collected(): { readonly output: Output; readonly text: () => string } {
  const lines: string[] = [];
  const output = {
    isClosed: false,
    failure: null,
    settled: () => Promise.resolve(),
    line: (text: string) => void lines.push(text),
  };
  return { output, text: () => lines.join("\n") };
}

const printed = async (report: string | null, format: "table" | "json" | "markdown" = "table") => {
  const { output, text } = collected();
  await recommend({ report, reportsDir, format }, output);
  return text();
};

test("recommend takes the newest report, a folder or a file, and prints three formats", async () => {
  expect(await printed(null)).toContain("1. Rows rarely share commits (batching-ineffective; warning)");
  expect(await printed(join(reportsDir, "old"))).toContain("No rule found a bottleneck");
  expect(JSON.parse(await printed(join(reportsDir, "new", "result.json"), "json"))).toMatchObject([
    { finding: { id: "batching-ineffective" }, retest: null },
  ]);
  expect(await printed(null, "markdown")).toContain("1. **Rows rarely share commits**");
});

test("recommend names what is missing or is not a result", async () => {
  await expect(printed(join(reportsDir, "none"))).rejects.toThrow("There is no such file or folder.");
  await expect(
    recommend({ report: null, reportsDir: join(reportsDir, "none"), format: "table" }, collected().output),
  ).rejects.toThrow("has no report. Run `meshhook bench` first");
  const file = join(reportsDir, "broken.json");
  await writeFile(file, '{"schemaVersion":1}');
  await expect(printed(file)).rejects.toThrow(
    /This is not a result of this version of the benchmark:\n {2}\/: must have/,
  );
});

test("retest refuses, before anything is started, what is not a recommendation, has no setting, or is not in the report", async () => {
  const resolved = resolveConfig({ reportsDir }, {});
  if ("mistakes" in resolved) throw new Error("The settings are right.");
  const attempt = (finding: string, report: string | null) =>
    retest({ finding, report, scenario: null, pairs: 4, typed: [] }, resolved.config, collected().output);
  await expect(attempt("more-speed", null)).rejects.toThrow('There is no recommendation "more-speed".');
  await expect(attempt("rollbacks", null)).rejects.toThrow("no single setting tests it. What it recommends: Look up");
  await expect(attempt("roof-share-low", null)).rejects.toThrow("It has batching-ineffective. With --scenario");
  await expect(attempt("batching-ineffective", join(reportsDir, "old"))).rejects.toThrow("It has none at all.");
});
