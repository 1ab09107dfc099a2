import { describe, expect, test } from "vitest";
import type { DatabaseMoment } from "../src/measure/timeline/database-timeline.ts";
import type { HostMoment } from "../src/measure/timeline/host-timeline.ts";
import type { CauseName, ScenarioResult } from "../src/result/result.ts";
import { slowRequestRules } from "../src/finding/rule/slow-requests.ts";
import { scenarioNamed } from "../src/scenario/catalogue.ts";
import { judgeScenario } from "../src/suite/judge.ts";
import { linesOfSlowest } from "../src/suite/slow-lines.ts";
import type { Evidence } from "../src/suite/evidence.ts";
import { evidenceOf, QUIET_CANARY, stalling, STARTED_US } from "./planted-evidence.ts";
import type { Planted } from "./planted-evidence.ts";
import { sampleResult } from "./sample-result.ts";

const logs1Subscriber = scenarioNamed("logs-1-subscriber");
const webhookAckNominal = scenarioNamed("webhook-ack-nominal");

/** Everything stands still from second 9 on, for 450 ms. */
const STALL = { fromUs: STARTED_US + 9_000_000, untilUs: STARTED_US + 9_450_000 };
const IS_IN_STALL = (us: number) => us >= STALL.fromUs && us < STALL.untilUs;

/** Twenty moments a second, of which those in the stall are changed. */
function hostMoments(inStall: Partial<HostMoment>): readonly HostMoment[] {
  return Array.from({ length: 18 * 20 }, (_, n) => {
    const fromUs = STARTED_US + n * 50_000;
    return {
      fromUs,
      untilUs: fromUs + 50_000,
      stealShare: 0,
      cpuPressureShare: 0.02,
      ioPressureShare: 0.01,
      meshhookWaitShare: 0.01,
      postgresWaitShare: 0.02,
      ...(IS_IN_STALL(fromUs) ? inStall : {}),
    };
  });
}

function databaseMoments(inStall: Partial<DatabaseMoment>): readonly DatabaseMoment[] {
  return Array.from({ length: 18 * 20 }, (_, n) => {
    const askedUs = STARTED_US + n * 50_000 + 300;
    return {
      askedUs,
      answeredUs: askedUs + 300,
      // A commit is at its flush in one of ten samples.
      waits: n % 10 === 0 ? { "IO:WalSync": 1 } : {},
      checkpointer: null,
      checkpoints: 3,
      vacuums: 0,
      ...(IS_IN_STALL(askedUs) ? inStall : {}),
    };
  });
}

function judged(planted: Planted, scenario = webhookAckNominal): ScenarioResult {
  const evidence = evidenceOf(scenario, {
    request: stalling(9_000_000, 450_000),
    ...planted,
    evidence: (healthy: Evidence) => ({
      probe: { collections: [], busy: [], seconds: [] },
      hostMoments: hostMoments({}),
      databaseMoments: databaseMoments({}),
      ...planted.evidence?.(healthy),
    }),
  });
  return judgeScenario([evidence], { seed: 1, canaryBest: QUIET_CANARY });
}

const busy = { kind: "busy", ...STALL, lateUs: 440_000, cpuUs: 440_000, waitedUs: 0 } as const;
const collection = { kind: "collection", type: "major", ...STALL } as const;

const CASES: readonly (readonly [CauseName, Partial<Evidence> | Planted["evidence"], RegExp])[] = [
  ["steal", { hostMoments: hostMoments({ stealShare: 0.9 }) }, /Other guests/],
  ["cpu", { hostMoments: hostMoments({ postgresWaitShare: 1 }) }, /PostgreSQL was ready to run and had no CPU/],
  [
    "disk",
    ({ witness }) =>
      witness === undefined ? {} : { witness: { ...witness, stalls: [{ ...STALL, of: "disk" }], flushes: [STALL] } },
    /independent of MeshHook, took 450 ms/,
  ],
  ["checkpoint", { databaseMoments: databaseMoments({ checkpointer: "IO:DataFileSync" }) }, /a checkpoint/],
  ["vacuum", { databaseMoments: databaseMoments({ vacuums: 1 }) }, /vacuuming a table/],
  ["wal-file", { databaseMoments: databaseMoments({ waits: { "IO:WalInitSync": 1 } }) }, /creating a file/],
  [
    "lock",
    { databaseMoments: databaseMoments({ waits: { "Lock:relation": 2 } }) },
    /waited for a lock \(Lock:relation\)/,
  ],
  [
    "collection",
    { probe: { collections: [collection], busy: [busy], seconds: [] } },
    /garbage \(major\), for up to 450/,
  ],
  [
    "event-loop",
    { probe: { collections: [], busy: [busy], seconds: [] } },
    /event loop did not turn for up to 4\d\d ms/,
  ],
  ["wal-flush", { databaseMoments: databaseMoments({ waits: { "IO:WalSync": 1 } }) }, /log \(IO:WalSync\)/],
  ["database", { databaseMoments: databaseMoments({ waits: { "LWLock:BufferMapping": 3 } }) }, /LWLock:BufferMapping/],
];

/** The rule that has advice for each cause; null for causes that others have, which is not advice for MeshHook. */
const ADVISED: { readonly [Cause in CauseName]?: string } = {
  "wal-file": "wal-file-creation",
  lock: "lock-waits",
  collection: "collections-dominate-tail",
  "event-loop": "event-loop-blocked",
  "wal-flush": "disk-flush-bound",
};

/** The rules about slow requests that speak, as on a machine that was otherwise quiet. */
function adviceOn(scenario: ScenarioResult): readonly string[] {
  const quiet = { ...scenario, disturbances: [], status: "passed" } as const;
  return slowRequestRules.flatMap((rule) =>
    rule.diagnose({ ...sampleResult(), scenarios: [quiet] }) === null ? [] : [rule.name],
  );
}

describe("a stall of 450 ms", () => {
  test.each(CASES)("is explained by %s", (cause, planted, text) => {
    const scenario = judged({ evidence: typeof planted === "function" ? planted : () => planted ?? {} });
    const { tail, episodes } = scenario;
    expect(tail?.causes[0]).toMatchObject({ cause, text: expect.stringMatching(text) as string });
    expect(tail?.causes[0]?.share).toBeGreaterThan(0.7);
    expect(tail?.unexplainedShare).toBeLessThan(0.3);
    expect(episodes.longest[0]?.causes?.[0]?.cause).toBe(cause);
    expect(adviceOn(scenario)).toEqual(ADVISED[cause] === undefined ? [] : [ADVISED[cause]]);
    const isOfMachine = ["steal", "cpu", "disk"].includes(cause);
    expect(episodes.longest[0]?.origin).toBe(isOfMachine ? "outside" : "inside");
  });

  test("is explained by the scenario's own fault, before anything that the fault caused", () => {
    const step = { kind: "held-transaction", at: 6_000, for: 450 } as const;
    const { tail } = judged({
      evidence: () => ({
        faults: [{ step, beganUs: STALL.fromUs, endedUs: STALL.untilUs }],
        databaseMoments: databaseMoments({ waits: { "Lock:relation": 2 } }),
      }),
    });
    expect(tail?.causes[0]).toMatchObject({
      cause: "fault",
      text: expect.stringContaining("held-transaction") as string,
    });
  });

  test("is explained by the generator that sent late, but not where every connection was taken", () => {
    const late: Planted["request"] = (moments, n, intendedUs) => {
      stalling(9_000_000, 450_000)(moments, n, intendedUs);
      if (intendedUs >= 9_000_000 && intendedUs < 9_450_000) moments.sent = moments.received - 200;
    };
    expect(judged({ request: late }).tail?.causes[0]?.cause).toBe("generator");
    expect(adviceOn(judged({ request: late }))).toEqual(["generator-late"]);
    // Six seconds in which nothing is answered fill all 256 connections; what comes after them is sent late.
    const { tail } = judged({
      request: (moments, n, intendedUs) => {
        stalling(6_000_000, 6_000_000)(moments, n, intendedUs);
        if (intendedUs >= 8_600_000 && intendedUs < 12_000_000) moments.sent = moments.received - 200;
      },
    });
    expect(tail?.causes.find(({ cause }) => cause === "generator")?.share ?? 0).toBeLessThan(0.05);
  });

  test("is not explained where everything was watched and nothing happened", () => {
    const { tail, episodes } = judged({});
    expect(tail).toMatchObject({ unexplainedShare: expect.closeTo(1, 1) as number, notWatched: [] });
    expect(episodes.longest[0]).toMatchObject({ causes: [], unexplainedShare: 1 });
  });

  test("says what nobody watched", () => {
    const { tail } = judged({
      evidence: () => ({ probe: null, hostMoments: hostMoments({}), databaseMoments: databaseMoments({}) }),
    });
    expect(tail?.notWatched).toEqual(["MeshHook's garbage collector and event loop"]);
  });

  test("is explained for the followers of a log as well", () => {
    const { tail } = judged(
      { evidence: () => ({ probe: { collections: [collection], busy: [], seconds: [] } }) },
      logs1Subscriber,
    );
    expect(tail).toMatchObject({ of: "lag", causes: [{ cause: "collection" }] });
  });

  test("lists its slowest requests with the instants of their runs", () => {
    const { tail } = judged({});
    expect(tail?.slowest).toHaveLength(10);
    const [slowest] = tail?.slowest ?? [];
    expect(slowest?.latencyMs).toBeGreaterThan(440);
    expect(slowest?.dueMs).toBeCloseTo(9_000, -1);
    const { dueMs = 0, sentMs, receivedMs, committedMs, answeredMs, runId } = slowest ?? {};
    expect([sentMs, receivedMs, committedMs, answeredMs].map(Number).toSorted((a, b) => a - b)).toEqual([
      sentMs,
      receivedMs,
      committedMs,
      answeredMs,
    ]);
    expect(Number(sentMs)).toBeGreaterThan(dueMs);
    expect(runId).toMatch(/^01890000/);
  });
});

test("the slowest requests have the lines of their runs, on the timeline of the scenario, also of a later block", async () => {
  const blocks = [0, 1].map((block) => evidenceOf(webhookAckNominal, { request: stalling(9_000_000, 450_000) }, block));
  const asked: string[] = [];
  const withLines = await Promise.all(
    blocks.map(async (evidence) => ({
      ...evidence,
      lines: await linesOfSlowest(evidence, (runId) => {
        asked.push(runId);
        const done = evidence.runs.find((run) => run.runId === runId)?.doneUs ?? 0;
        // A run that was deleted meanwhile has none, and spoils nothing.
        return asked.length === 1
          ? Promise.reject(new Error("not found"))
          : Promise.resolve([{ atUs: done, text: `Run ${runId} succeeded` }]);
      }),
    })),
  );
  expect(asked).toHaveLength(20);
  const { tail } = judgeScenario(withLines, { seed: 1, canaryBest: QUIET_CANARY });
  const told = tail?.slowest.filter(({ lines }) => lines !== undefined) ?? [];
  expect(told).toHaveLength(9);
  for (const { runId, doneMs, lines } of told) {
    expect(lines?.[0]?.text).toBe(`Run ${String(runId)} succeeded`);
    expect(lines?.[0]?.atMs).toBeCloseTo(doneMs ?? 0, 3);
  }
});

test("without a slow request the tail is what lies beyond p99", () => {
  const healthy = judged({ request: () => undefined });
  const { tail, latency } = healthy;
  expect(adviceOn(healthy)).toEqual([]);
  expect(tail?.requests).toBeLessThanOrEqual(18);
  expect(tail?.aboveMs).toBeCloseTo(latency["ack"]?.p99Ms ?? 0, 1);
});
