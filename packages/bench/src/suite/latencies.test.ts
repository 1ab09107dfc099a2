import { expect, test } from "vitest";
import { blocksOf, evidenceOf } from "../../test/planted-evidence.ts";
import type { Moments } from "../../test/planted-evidence.ts";
import { scenarioNamed } from "../scenario/catalogue.ts";
import { errorsOf } from "./errors.ts";
import { joinBlocks } from "./join/join-blocks.ts";
import { recordLatencies } from "./latencies.ts";

const scenario = scenarioNamed("dag-due-at-once");

/** The planted load begins ten seconds before a multiple of the 30 s for which its runs wait. */
const FIRST_DUE_US = 10_000_000;

/** Runs go on so much after they are due. */
function late(us: number): (moments: Moments, n: number, intendedUs: number) => void {
  return (moments, _n, intendedUs) => {
    const slots = Math.ceil((Math.floor(intendedUs / 1_000) * 1_000 - FIRST_DUE_US) / 30_000_000);
    Object.assign(moments, { received: 0, done: FIRST_DUE_US + slots * 30_000_000 - intendedUs + us });
  };
}

test("runs that wait for a common time are late by what comes after it, whenever they were sent", () => {
  const evidence = evidenceOf(scenario, { request: late(40_000) });
  const latencies = recordLatencies(evidence);
  expect(latencies["late"]?.percentileMs(1)).toBeCloseTo(40, 0);
  expect(latencies["late"]?.percentileMs(99)).toBeCloseTo(40, 0);
  expect(latencies["done"]?.percentileMs(99)).toBeGreaterThan(1_000);
  expect(errorsOf(evidence)["early"]).toBe(0);
});

test("they are as late in blocks that were put behind each other", () => {
  const joined = joinBlocks(blocksOf(scenario, 2, (block) => ({ request: late(40_000 + block * 20_000) })));
  const latencies = recordLatencies(joined);
  expect(latencies["late"]?.percentileMs(10)).toBeCloseTo(40, 0);
  expect(latencies["late"]?.percentileMs(90)).toBeCloseTo(60, 0);
  expect(errorsOf(joined)["early"]).toBe(0);
});

test("a run that goes on before its time is counted, and one that never does is not on time", () => {
  const evidence = evidenceOf(scenario, {
    request: (moments, n, intendedUs) => late(n === 7 ? -20_000 : 40_000)(moments, n, intendedUs),
    evidence: ({ runs }) => ({ runs: runs.map((run) => (run.n === 5_000 ? { ...run, doneUs: null } : run)) }),
  });
  expect(errorsOf(evidence)["early"]).toBe(1);
  expect(recordLatencies(evidence)["late"]?.summary()).toMatchObject({ failed: 1, maxMs: null });
});

test("other scenarios have nothing of it", () => {
  const evidence = evidenceOf(scenarioNamed("dag-parked-delays"));
  expect(recordLatencies(evidence)).not.toHaveProperty("late");
  expect(errorsOf(evidence)).not.toHaveProperty("early");
});
