import { expect, test } from "vitest";
import type { RunTimes } from "../audit/run-times.ts";
import type { Ledger } from "../load/ledger.ts";
import { phasesOf } from "./phases.ts";

const START = 1_700_000_000_000_000;
const COUNT = 1_000;

/** Every request alike: intended at n ms, answered 9 ms later. */
const ledger: Ledger = {
  startedAtUs: START,
  count: COUNT,
  intendedUs: Int32Array.from({ length: COUNT }, (_, n) => n * 1_000),
  sentUs: Int32Array.from({ length: COUNT }, (_, n) => n * 1_000 + 100),
  answeredUs: Int32Array.from({ length: COUNT }, (_, n) => n * 1_000 + 9_000),
  outcome: new Int16Array(COUNT).fill(202),
  runIdOf: (n) => `run-${String(n)}`,
};

const runs: readonly RunTimes[] = Array.from({ length: COUNT }, (_, n) => ({
  n,
  runId: `run-${String(n)}`,
  receivedUs: START + n * 1_000 + 1_000,
  ackedUs: START + n * 1_000 + 4_000,
  doneUs: START + n * 1_000 + 14_000,
}));

const ALL = { fromUs: 0, untilUs: Infinity };

function means(phases: ReturnType<typeof phasesOf>): { readonly [name: string]: number } {
  return Object.fromEntries(phases.map(({ name, meanMs }) => [name, Math.round(meanMs * 10) / 10 + 0]));
}

test("a pure run's phases end with the answer at the sender, and add up", () => {
  const phases = phasesOf({ ledger, runs, firstEffectUs: null, lastLineUs: null, windows: [ALL] });
  expect(means(phases)).toEqual({ "send and receive": 1, durable: 3, "flush and answer": 5, unexplained: 0 });
  expect(phases.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 3);
});

test("a run with a call passes by its target; with a viewer, it ends there", () => {
  const firstEffectUs = new Map(runs.map(({ runId, ackedUs }) => [runId, ackedUs + 2_000]));
  const lastLineUs = new Map(runs.map(({ runId, doneUs }) => [runId, (doneUs ?? 0) + 500]));
  const phases = phasesOf({ ledger, runs, firstEffectUs, lastLineUs, windows: [ALL] });
  expect(means(phases)).toEqual({
    "send and receive": 1,
    durable: 3,
    "first step": 2,
    "call and end": 8,
    stream: 0.5,
    unexplained: 0,
  });
  expect(phases.map(({ from }) => from)).toEqual([
    "intended send",
    "received",
    "committed",
    "first call at its target",
    "end committed",
    "intended send",
  ]);
});

test("clocks that disagree show as an unexplained rest", () => {
  const early = runs.map((run) => ({ ...run, receivedUs: run.receivedUs - 2_000 }));
  const phases = phasesOf({ ledger, runs: early, firstEffectUs: null, lastLineUs: null, windows: [ALL] });
  // Received a millisecond before it was sent: the first stretch counts as zero, the next one as too long.
  expect(means(phases)).toEqual({ "send and receive": 0, durable: 5, "flush and answer": 5, unexplained: -1 });
});

test("only requests of the window count, and none give no phases", () => {
  const [first] = phasesOf({
    ledger,
    runs,
    firstEffectUs: null,
    lastLineUs: null,
    windows: [{ fromUs: 0, untilUs: 500_000 }],
  });
  expect(first?.p99Ms).toBeNull();
  expect(
    phasesOf({ ledger, runs, firstEffectUs: null, lastLineUs: null, windows: [{ fromUs: 5e9, untilUs: 6e9 }] }),
  ).toEqual([]);
});
