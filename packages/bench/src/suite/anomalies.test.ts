import { expect, test } from "vitest";
import { evidenceOf, QUIET_CANARY, STARTED_US, stalling } from "../../test/planted-evidence.ts";
import type { Planted } from "../../test/planted-evidence.ts";
import { scenarioNamed } from "../scenario/catalogue.ts";
import { anomaliesOf } from "./anomalies.ts";
import { judgeScenario } from "./judge.ts";
import { warmUpOf } from "./warm-up.ts";

const nominal = scenarioNamed("webhook-ack-nominal");
const FROM_US = 9_000_000;
const stalled: Planted["request"] = stalling(FROM_US, 450_000);
const STALL = { fromUs: STARTED_US + FROM_US, untilUs: STARTED_US + FROM_US + 450_000 };

test("in a steady block nothing stands out", () => {
  expect(anomaliesOf(evidenceOf(nominal))).toEqual([]);
});

test("a stall stands out by its times and its answers, with by how much, and without a cause where nothing was seen", () => {
  const found = anomaliesOf(evidenceOf(nominal, { request: stalled }));
  const ack = found.filter(({ metric }) => metric === "ack");
  expect(ack).toMatchObject([{ fromMs: 9_000, untilMs: 9_500, cause: null }]);
  expect(ack[0]?.change).toBeCloseTo((ack[0]?.value ?? 0) / (ack[0]?.usual ?? 1) - 1);
  expect(ack[0]?.change).toBeGreaterThan(50);
  expect(found.find(({ metric }) => metric === "acked")).toMatchObject({
    fromMs: 9_000,
    value: 0,
    usual: 100,
    change: -1,
  });
});

test.each([
  ["collection", { probe: { collections: [{ kind: "collection", type: "major", ...STALL }], busy: [], seconds: [] } }],
  [
    "fault",
    {
      faults: [{ step: { kind: "kill-9", at: 6_000, down: 450 }, beganUs: STALL.fromUs, endedUs: STALL.untilUs }],
    },
  ],
] as const)("a stall that %s covers has it as its cause", (cause, evidence) => {
  const found = anomaliesOf(evidenceOf(nominal, { request: stalled, evidence: () => evidence }));
  expect(found.find(({ metric }) => metric === "ack")?.cause).toBe(cause);
});

test("a second in which MeshHook takes several times its usual CPU stands out", () => {
  const evidence = evidenceOf(nominal);
  const readings = evidence.measured.readings.map((reading, second) => {
    const processes = new Map(reading.processes);
    const usual = processes.get("meshhook");
    if (usual !== undefined && second >= 10)
      processes.set("meshhook", { ...usual, cpuSeconds: usual.cpuSeconds + 0.8 });
    return { ...reading, processes };
  });
  const [found] = anomaliesOf({ ...evidence, measured: { ...evidence.measured, readings } });
  expect(found).toMatchObject({ metric: "meshhookCpu", fromMs: 10_000, untilMs: 11_000 });
  expect(found?.value).toBeCloseTo(0.9);
  expect(found?.usual).toBeCloseTo(0.1);
});

test("blocks of a result have their marks on the scenario's timeline", () => {
  const result = judgeScenario(
    [0, 1].map((block) => evidenceOf(nominal, block === 1 ? { request: stalled } : {}, block)),
    { seed: 1, canaryBest: QUIET_CANARY },
  );
  expect(result.blocks?.[0]?.anomalies).toEqual([]);
  const [, second] = result.blocks ?? [];
  const mark = second?.anomalies?.find(({ metric }) => metric === "ack");
  expect(mark?.fromMs).toBe((second?.fromMs ?? 0) + 6_000);
});

test("the end of a warm-up is seen in the data, and moves no window", () => {
  const settling = evidenceOf(nominal, {
    request: (moments, _, intendedUs) => {
      if (intendedUs < 2_000_000) moments.answered += 40_000;
    },
  });
  const found = warmUpOf(settling);
  expect(found).toMatchObject({ plannedMs: 3_000, why: null });
  expect(found.settledMs).toBeCloseTo(2_000, -2.5);
  // A stall in the first half of a steady load: cutting it off would flatter the rest.
  const result = judgeScenario([evidenceOf(nominal, { request: stalling(5_000_000, 450_000) })], {
    seed: 1,
    canaryBest: QUIET_CANARY,
  });
  expect(result.load).toMatchObject({ warmupMs: 3_000, durationMs: 15_000 });
  expect(result.latency["ack"]?.maxMs).toBeGreaterThan(400);
});
