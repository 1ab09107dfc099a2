import { expect, test } from "vitest";
import { sampleResult } from "../../test/sample-result.ts";
import { payloadsOf, SMALL } from "../load/payload.ts";
import { scenarioNamed } from "../scenario/catalogue.ts";
import { expectedOf } from "../scenario/workflow/expected.ts";
import { auditResults } from "./results.ts";
import type { RunTimes } from "./run-times.ts";

const clean = sampleResult().scenarios[0]?.audit;
if (clean === undefined) throw new Error("The sample has no scenario.");
const audit = clean;

const expected = expectedOf(scenarioNamed("webhook-ack-nominal"), payloadsOf(SMALL, 1));
const runs: readonly RunTimes[] = Array.from({ length: 200 }, (_, n) => ({
  n,
  runId: `run-${String(n)}`,
  receivedUs: 0,
  ackedUs: 0,
  doneUs: 1,
}));
const numberOf = (runId: string) => Number(runId.slice(4));

test("runs that end as their payload says are clean, and as many as were read are counted", async () => {
  const checked = await auditResults(audit, runs, expected, async (runId) => expected.resultOf(numberOf(runId)));
  expect(checked).toMatchObject({ isClean: true, resultsChecked: 200, resultsWrong: 0, details: [] });
});

test("a wrong branch, another run's output, a run that failed and one without a result are found", async () => {
  const wrong = new Map([
    [3, { status: "succeeded", output: null }],
    [70, expected.resultOf(71)],
    [90, { ...expected.resultOf(90), status: "failed" }],
    [91, null],
  ]);
  const checked = await auditResults(audit, runs, expected, async (runId) => {
    const n = numberOf(runId);
    return wrong.get(n) === undefined ? expected.resultOf(n) : (wrong.get(n) ?? null);
  });
  // An unopened issue ends without an output anyway; whether number 3 is one follows from the seed.
  expect(checked.isClean).toBe(false);
  const withNull = await auditResults(audit, runs, expected, async (runId) =>
    numberOf(runId) === 91 ? null : expected.resultOf(numberOf(runId)),
  );
  expect(withNull).toMatchObject({ isClean: false, resultsWrong: 1 });
  expect(withNull.details[1]).toMatch(/^wrong result: run run-91, request 91: no result instead of succeeded /);
});

test("all runs that take the wrong branch are found", async () => {
  const checked = await auditResults(audit, runs, expected, async () => ({ status: "succeeded", output: null }));
  // One in eight is rightly ignored.
  expect(checked.resultsWrong).toBe(175);
});

test("of many runs an even sample is read", async () => {
  const many = Array.from({ length: 10_000 }, (_, n) => ({
    n,
    runId: `run-${String(n)}`,
    receivedUs: 0,
    ackedUs: 0,
    doneUs: 1,
  }));
  const read: number[] = [];
  await auditResults(audit, many, expected, async (runId) => {
    read.push(numberOf(runId));
    return expected.resultOf(numberOf(runId));
  });
  expect(read).toHaveLength(1_000);
  expect(Math.max(...read)).toBeGreaterThanOrEqual(9_990);
});
