import { describe, expect, test } from "vitest";
import { findBottlenecks } from "../src/finding/findings.ts";
import { Outcome } from "../src/load/ledger.ts";
import type { Finding, ScenarioResult } from "../src/result/result.ts";
import type { Scenario } from "../src/scenario/scenario.ts";
import { scenarioNamed } from "../src/scenario/catalogue.ts";
import { judgeScenario } from "../src/suite/judge.ts";
import type { Evidence } from "../src/suite/evidence.ts";
import { blocksOf, evidenceOf, QUIET_CANARY, stalling, stallingEvery, unanswered } from "./planted-evidence.ts";
import type { Moments, Planted } from "./planted-evidence.ts";
import { sampleResult } from "./sample-result.ts";

const dagOneCallNominal = scenarioNamed("dag-one-call-nominal");
const faultKill9 = scenarioNamed("fault-kill-9");
const logs1Subscriber = scenarioNamed("logs-1-subscriber");
const webhookAckNominal = scenarioNamed("webhook-ack-nominal");

const OPTIONS = { seed: 1, canaryBest: QUIET_CANARY };

/** Of one block. */
function judged(scenario: Scenario, planted: Planted = {}): ScenarioResult {
  return judgeScenario([evidenceOf(scenario, planted)], OPTIONS);
}

/** The same planted in three blocks: what depends on the machine counts when a repetition confirms it. */
function repeated(scenario: Scenario, planted: Planted = {}): ScenarioResult {
  return judgeScenario(
    blocksOf(scenario, 3, () => planted),
    OPTIONS,
  );
}

function findings(result: ScenarioResult): readonly Finding[] {
  return findBottlenecks(sampleResult({ scenarios: [result] }));
}

function rulesOf(result: ScenarioResult): readonly string[] {
  return findings(result).map(({ rule }) => rule);
}

/** Gates and limits that do not hold. */
function missedBy(result: ScenarioResult): readonly string[] {
  return result.thresholds.filter(({ holds }) => !holds).map(({ expression }) => expression);
}

test.each([webhookAckNominal, logs1Subscriber])(
  "a healthy $name passes, without a reason and without a finding",
  (scenario) => {
    const result = judged(scenario);
    expect(result.reasons).toEqual([]);
    expect(result.status).toBe("passed");
    expect(rulesOf(result)).toEqual([]);
  },
);

describe("what was not accepted", () => {
  test.each([
    ["one of all requests was answered 503", (n: number) => (n === 900 ? 503 : 202)],
    ["one of all requests was answered 429", (n: number) => (n === 900 ? 429 : 202)],
    ["one was answered 302", (n: number) => (n === 900 ? 302 : 202)],
    ["one connection broke", (n: number) => (n === 900 ? Outcome.reset : 202)],
    ["one connection was refused", (n: number) => (n === 900 ? Outcome.refused : 202)],
    ["one answer was not HTTP", (n: number) => (n === 900 ? Outcome.malformed : 202)],
    ["one failed in the warm-up", (n: number) => (n === 20 ? 500 : 202)],
  ])("a nominal scenario fails when %s", (_, outcomeOf) => {
    const result = judged(webhookAckNominal, {
      request: (moments, n) => {
        moments.outcome = outcomeOf(n);
      },
    });
    expect(result.status).toBe("failed");
    expect(result.answers).toMatchObject({ due: 1_800, failed: 1, unexpected: 1 });
    expect(missedBy(result)).toContain("answers.unexpected == 0");
  });

  test("percentiles rank what was refused or not answered behind everything else", () => {
    for (const fail of [unanswered, (moments: { outcome: number }) => (moments.outcome = 503)]) {
      const result = judged(webhookAckNominal, {
        request: (moments, n) => {
          if (n % 10 < 3) fail(moments);
        },
      });
      expect(result.status).toBe("failed");
      expect(result.latency["ack"]).toMatchObject({ p99Ms: null, p90Ms: null, meanMs: null, maxMs: null, failed: 450 });
      expect(result.latency["ack"]?.p50Ms).toBeGreaterThan(1);
      expect(result.latency["done"]).toMatchObject({ p99Ms: null, failed: 450 });
      expect(result.reasons.map(({ text }) => text).join(" ")).toContain(
        "no answer, because this percentile falls among the failed requests",
      );
    }
  });

  test("requests that stay unsent fail the scenario, unless the generator had connections to send them on", () => {
    const unsentFrom = (sentUs: number) =>
      judged(webhookAckNominal, {
        request: (moments, n) => {
          if (n >= 600 && n < 900) unanswered(moments);
          if (n < 900 || n >= 950) return;
          moments.outcome = Outcome.unsent;
          moments.sent = sentUs;
          moments.answered = -1;
        },
      });
    // 300 without an answer hold all of the 256 connections.
    expect(unsentFrom(-1).status).toBe("failed");
    const punctual = judged(webhookAckNominal, {
      request: (moments, n) => {
        if (n % 10 === 0) Object.assign(moments, { outcome: Outcome.unsent, sent: -1, answered: -1 });
      },
    });
    expect(punctual.status).toBe("failed");
    // It stood still for ten seconds: what was due in the first five was given up, the rest left late.
    const own = judged(webhookAckNominal, {
      request: (moments, n, intendedUs) => {
        if (n < 500 || n >= 1_500) return;
        if (n < 1_000) Object.assign(moments, { outcome: Outcome.unsent, sent: -1, answered: -1 });
        else {
          const lateUs = 15_000_000 - intendedUs;
          for (const moment of ["sent", "received", "committed", "answered", "done"] as const)
            moments[moment] += lateUs;
        }
      },
    });
    expect(own.status).toBe("inconclusive");
    expect(own.generator).toMatchObject({ isBacked: false, unsent: 500 });
  });
});

test("runs that never end are not a small sample", () => {
  const result = judged(webhookAckNominal, {
    evidence: ({ runs }) => ({ runs: runs.map((run) => (run.n % 5 === 0 ? { ...run, doneUs: null } : run)) }),
  });
  expect(result.latency["done"]).toMatchObject({ p99Ms: null, failed: 300 });
  expect(result.status).toBe("failed");
});

describe("stalls", () => {
  test("an engine that sleeps 200 ms every 5 s is found, with its period and its share, and does not pass", () => {
    const result = repeated(webhookAckNominal, { request: stallingEvery(5_000_000, 200_000) });
    expect(result.status).toBe("failed");
    expect(result.episodes.period?.everyMs).toBeCloseTo(5_000, -2);
    const [finding] = findings(result);
    expect(finding?.rule).toBe("stalls");
    expect(finding?.title).toBe("Every 5.0 s, all requests stall for about 200 ms");
    expect(finding?.evidence.find(({ metric }) => metric.includes("share"))?.value).toBeCloseTo(0.04, 1);
  });

  test("the same engine does not pass the log scenario: lag counts from the intended send", () => {
    const result = judged(logs1Subscriber, { request: stallingEvery(5_000_000, 200_000) });
    expect(result.latency["lag"]?.p99Ms).toBeGreaterThan(100);
    expect(result.status).not.toBe("passed");
    expect(rulesOf(result)).toContain("stalls");
  });

  test("one stall is one event: the miss is inconclusive, whatever number of requests it held up", () => {
    const stall = stalling(9_000_000, 450_000);
    const result = judged(webhookAckNominal, { request: stall });
    expect(result.latency["ack"]?.p99Ms).toBeGreaterThan(100);
    expect(result.status).toBe("inconclusive");
    expect(result.reasons[0]?.text).toMatch(
      /depends on one event: 4\d of 4\d slow requests.*the machine itself did not stall/,
    );
    expect(rulesOf(result)).toEqual([]);
  });

  test("stalls that the machine's own timer or disk shared are not blamed on MeshHook, however many they are", () => {
    const at = [3_000_000, 6_100_000, 9_800_000, 15_000_000];
    const result = judged(webhookAckNominal, {
      request: (moments, n, intendedUs) => {
        for (const fromUs of at) stalling(fromUs, 150_000)(moments, n, intendedUs);
      },
      stalls: at.map((fromUs) => ({ fromUs, untilUs: fromUs + 150_000 })),
    });
    expect(result.episodes.longest.map(({ origin }) => origin)).toEqual(at.map(() => "outside"));
    expect(result.status).toBe("inconclusive");
    expect(rulesOf(result)).toEqual([]);
  });

  test("several stalls of the engine alone fail the scenario on a quiet machine", () => {
    const at = [3_000_000, 6_100_000, 9_800_000, 15_000_000];
    const result = repeated(webhookAckNominal, {
      request: (moments, n, intendedUs) => {
        for (const fromUs of at) stalling(fromUs, 150_000)(moments, n, intendedUs);
      },
    });
    expect(result.status).toBe("failed");
    expect(rulesOf(result)).toContain("stalls");
  });

  test("answers that all are slow fail it as well", () => {
    const result = repeated(webhookAckNominal, {
      request: (moments) => {
        for (const moment of ["committed", "answered", "done"] as const) moments[moment] += 30_000;
      },
    });
    expect(result.status).toBe("failed");
  });

  test("a single run that is held back for seconds is not a stall of the machine, and fails", () => {
    const result = repeated(logs1Subscriber, {
      request: (moments, n) => {
        if (n === 700) moments.lastLine += 3_000_000;
      },
    });
    expect(result.latency["lag"]?.p99Ms).toBeLessThan(25);
    expect(missedBy(result)).toEqual(["episodes.heldAlone == 0"]);
    expect(result.status).toBe("failed");
  });
});

describe("a generator that stands still", () => {
  /** For so long at the start of every period; what is due meanwhile leaves late, and everything after it is as late. */
  const standing =
    (everyUs: number, forUs: number): NonNullable<Planted["request"]> =>
    (moments, _, intendedUs) => {
      const lateUs = Math.max(0, forUs - (intendedUs % everyUs));
      for (const moment of ["sent", "received", "committed", "answered", "done"] as const) moments[moment] += lateUs;
    };

  test.each([
    ["100 ms of every second", 1_000_000, 100_000],
    ["6 of every 20 ms", 20_000, 6_000],
  ])("for %s does not back its figures, and MeshHook is not blamed for them", (_, everyUs, forUs) => {
    const result = judged(webhookAckNominal, { request: standing(everyUs, forUs) });
    expect(result.generator).toMatchObject({ isBacked: false });
    expect(result.generator.reasons.join()).toContain("lateness");
    expect(result.status).toBe("inconclusive");
    expect(rulesOf(result)).toContain("generator-not-backed");
    expect(rulesOf(result).filter((name) => !name.startsWith("generator-"))).toEqual([]);
  });
});

describe("a machine that others use", () => {
  const slow: Planted["request"] = (moments) => {
    for (const moment of ["committed", "answered", "done"] as const) moments[moment] += 30_000;
  };

  test.each([
    ["steal", { host: { stealTicks: 10 } }],
    ["waiting for CPU", { host: { cpuPressureUs: 300_000 } }],
    ["waiting for the disk", { host: { ioPressureUs: 300_000 } }],
    [
      "a slower canary",
      { evidence: () => ({ canary: { before: QUIET_CANARY, after: { ...QUIET_CANARY, cpuMs: 8 } } }) },
    ],
    [
      "slow flushes around it",
      { evidence: () => ({ canary: { before: { ...QUIET_CANARY, flushMs: 6 }, after: QUIET_CANARY } }) },
    ],
    [
      "a busy scheduler around it",
      { evidence: () => ({ canary: { before: QUIET_CANARY, after: { ...QUIET_CANARY, roundTripMs: 1 } } }) },
    ],
    ["CPU used by others", { evidence: () => ({ cores: 8 }) }],
    [
      "a slow flush by somebody else",
      { evidence: ({ witness }: Evidence) => (witness ? { witness: { ...witness, flushMsP50: 14 } } : {}) },
    ],
    [
      "a timer that is late",
      { evidence: ({ witness }: Evidence) => (witness ? { witness: { ...witness, timerLateMsP99: 40 } } : {}) },
    ],
  ] satisfies readonly (readonly [string, Planted])[])(
    "slow answers beside %s are inconclusive, and nothing is recommended from them",
    (_, planted) => {
      const result = judged(webhookAckNominal, { ...planted, request: slow });
      expect(result.status).toBe("inconclusive");
      for (const { next } of result.reasons) expect(next).toContain("Measure again");
      expect(rulesOf(result)).toEqual(["host-disturbed"]);
    },
  );

  test("checkpoints that somebody forces are not MeshHook's log", () => {
    const result = judged(webhookAckNominal, {
      evidence: ({ measured, activity }) => ({
        activity: { ...activity, checkpoints: 3, walFullPageImages: 900 },
        measured: {
          ...measured,
          until: {
            ...measured.until,
            database: { ...measured.until.database, walBytes: measured.until.database.walBytes * 3 },
          },
        },
      }),
    });
    expect(result.thresholds.find(({ expression }) => expression.startsWith("work.walBytes"))).toMatchObject({
      kind: "gate",
      holds: true,
      reason: expect.stringContaining("whole pages after a checkpoint") as string,
    });
    expect(result.status).toBe("passed");
    expect(rulesOf(result)).toEqual(["host-disturbed"]);
  });

  test("a log that whole pages do not explain fails, also where there are some", () => {
    const withLog = (factor: number) =>
      judged(webhookAckNominal, {
        evidence: ({ measured, activity }) => ({
          activity: { ...activity, walFullPageImages: 30 },
          measured: {
            ...measured,
            until: {
              ...measured.until,
              database: { ...measured.until.database, walBytes: measured.until.database.walBytes * factor },
            },
          },
        }),
      });
    expect(withLog(1.14).status).toBe("passed");
    expect(withLog(2).status).toBe("failed");
  });

  test("a target of the benchmark's own that is slow or blocked is not MeshHook's first step", () => {
    const result = judged(dagOneCallNominal, {
      request: (moments) => {
        moments.done += 30_000;
      },
      evidence: ({ audit, segments }) => ({
        audit: { ...audit, effects: 1_500 },
        segments: segments * 2,
        targetExtraMsP99: 30,
      }),
    });
    expect(result.status).not.toBe("failed");
    expect(result.disturbances.map(({ metric }) => metric)).toEqual(["target.extraMsP99"]);
  });

  test("limits that hold in spite of it hold", () => {
    expect(judged(webhookAckNominal, { host: { stealTicks: 10 } }).status).toBe("passed");
  });

  test("refusals and doubled statements do not depend on the machine", () => {
    const refusing = judged(webhookAckNominal, {
      host: { stealTicks: 10 },
      request: (moments, n) => {
        if (n === 700) moments.outcome = 503;
      },
    });
    expect(refusing.status).toBe("failed");
    const costly = judged(webhookAckNominal, { host: { stealTicks: 10 }, evidence: () => ({ statements: 3_600 }) });
    expect(costly.status).toBe("failed");
  });
});

describe("work", () => {
  test("a statement that is doubled for each row is found", () => {
    const result = judged(webhookAckNominal, { evidence: () => ({ statements: 3_600 }) });
    expect(result.status).toBe("failed");
    expect(missedBy(result)).toEqual([
      expect.stringMatching(/^work\.statements <= 1\.1/),
      expect.stringMatching(/^work\.statementsPerCommit <= 1\.2/),
    ]);
    expect(rulesOf(result)).toContain("more-statements");
  });

  test("a leak of 5 MB/s is found within the scenario's 15 seconds", () => {
    const result = repeated(webhookAckNominal, { rssBytes: (second) => 215e6 + 5e6 * second });
    expect(result.memoryGrowthBytesPerSecond).toBeCloseTo(5e6, -3);
    expect(result.status).toBe("failed");
    // The report's own series holds it as well.
    expect(rulesOf(result)).toContain("memory-growth");
    expect(judged(webhookAckNominal, { rssBytes: (second) => (second < 6 ? 215e6 : 260e6) }).status).toBe("passed");
  });

  test("a leak of 5 MB/s is found in three blocks of five seconds, and a single block that grows is chance", () => {
    const { load } = webhookAckNominal;
    if (load.kind !== "paced") throw new Error("The scenario has a rate.");
    const scenario = { ...webhookAckNominal, load: { ...load, warmupMs: 1_000, durationMs: 5_000 } };
    const leaking = repeated(scenario, { rssBytes: (second) => 215e6 + 5e6 * second });
    expect(leaking.memoryGrowthBytesPerSecond).toBeCloseTo(5e6, -3);
    expect(leaking.status).toBe("failed");
    expect(rulesOf(leaking)).toContain("memory-growth");
    const once = judgeScenario(
      blocksOf(scenario, 3, (block) => ({ rssBytes: (second) => 215e6 + (block === 0 ? 6.6e6 * second : 40e6) })),
      OPTIONS,
    );
    expect(once.memoryGrowthBytesPerSecond).toBe(0);
    expect(once.status).toBe("passed");
  });

  test("a leak shows from block to block where the blocks are too short to show it", () => {
    const blocks = blocksOf(webhookAckNominal, 8, (block) => ({
      rssBytes: () => 215e6 + 40e6 * block,
      evidence: () => ({ startedAtMs: 1_700_000_000_000 + block * 20_000 }),
    }));
    const growing = judgeScenario(blocks, OPTIONS);
    expect(growing.memoryGrowthBytesPerSecond).toBeCloseTo(0);
    expect(rulesOf(growing)).toEqual(["memory-growth"]);
    // It was larger once, after a peak, and stayed there.
    const grown = blocks.map((block, index) => ({
      ...block,
      measured: evidenceOf(webhookAckNominal, { rssBytes: () => (index < 2 ? 215e6 : 300e6) }, index).measured,
    }));
    expect(rulesOf(judgeScenario(grown, OPTIONS))).toEqual([]);
  });

  test("rows that PostgreSQL counted and that are not there are found; counters that lag are not judged", () => {
    const inserts = (count: number, areCountersSettled: boolean) => ({
      evidence: ({ activity }: Evidence) => ({
        areCountersSettled,
        activity: { ...activity, tables: activity.tables.map((table) => ({ ...table, inserts: count })) },
      }),
    });
    expect(missedBy(judged(webhookAckNominal, inserts(7_605, true)))).toEqual(["work.journalRowsUndone <= 0.01"]);
    expect(judged(webhookAckNominal, inserts(7_605, true)).status).toBe("failed");
    expect(judged(webhookAckNominal, inserts(7_605, false)).status).toBe("inconclusive");
  });

  test("more log for each run than its row needs, and updates of hot tables, fail", () => {
    const wal = judged(webhookAckNominal, {
      evidence: ({ measured }) => ({
        measured: {
          ...measured,
          until: {
            ...measured.until,
            database: { ...measured.until.database, walBytes: measured.until.database.walBytes * 1.3 },
          },
        },
      }),
    });
    expect(missedBy(wal)).toEqual(["work.walBytes <= 1914"]);
    expect(wal.status).toBe("failed");
    const updates = judged(webhookAckNominal, {
      evidence: ({ activity }) => ({
        activity: { ...activity, tables: activity.tables.map((table) => ({ ...table, updates: 40 })) },
      }),
    });
    expect(updates.status).toBe("failed");
  });

  test("connections that are not kept, by senders or to a target, are found", () => {
    const reopened = judged(webhookAckNominal, {
      evidence: ({ measured }) => ({ measured: { ...measured, report: { ...measured.report, reopened: 1_500 } } }),
    });
    expect(reopened.status).toBe("failed");
    expect(rulesOf(reopened)).toContain("connections-not-kept");
    const toTarget = judged(dagOneCallNominal, {
      evidence: ({ audit }) => ({ audit: { ...audit, effects: 1_500 }, reopenedToTarget: 1_400 }),
    });
    expect(rulesOf(toTarget)).toContain("connections-not-kept");
  });

  test("a counter is divided by the runs of its own stretch of time, not by those of a window that opened late", () => {
    const result = judged(webhookAckNominal, {
      evidence: ({ measured }) => {
        // The closing query returned three seconds late, in a stall; by then nothing was sent any more.
        const { until } = measured;
        const late = { ...until.database, atUs: (until.database.atUs ?? 0) + 3e6 };
        return { measured: { ...measured, until: { ...until, atUs: until.atUs + 3e6, database: late } } };
      },
    });
    expect(result.load.durationMs).toBe(15_000);
    expect(result.work?.walBytes).toBeCloseTo(1_740, -1);
    expect(result.status).toBe("passed");
  });
});

describe("the measured window", () => {
  test("is the planned one, also when a database query returned late in a stall", () => {
    const stall = stalling(2_950_000, 500_000);
    const late: Planted = {
      request: stall,
      evidence: ({ measured }) => ({
        measured: { ...measured, from: { ...measured.from, atUs: measured.from.atUs + 480_000 } },
      }),
    };
    const result = judged(webhookAckNominal, late);
    expect(result.load).toMatchObject({ warmupMs: 3_000, durationMs: 15_000 });
    // The stall began before the window and reached into it: its requests count, by when they were due.
    expect(result.latency["ack"]?.p99Ms).toBeGreaterThan(200);
    expect(result.latency["ack"]?.count).toBe(1_500);
  });
});

describe("clocks and orders", () => {
  test.each([
    ["the generator", 50_000],
    ["the call target", 20_000],
    ["PostgreSQL", -9_000],
  ])("a clock of %s that is %i µs away makes the scenario void", (of, offsetUs) => {
    const result = judged(webhookAckNominal, {
      evidence: ({ clocks = [] }) => ({ clocks: [...clocks, { of, offsetUs, uncertaintyUs: 60 }] }),
    });
    expect(result.status).toBe("void");
    expect(result.reasons[0]?.text).toContain(`The clock of ${of} is ${(offsetUs / 1_000).toFixed(1)} ms away`);
    expect(rulesOf(result)).toContain("clocks-disagree");
  });

  test("a phase that comes out negative makes it void instead of counting as zero", () => {
    const result = judged(webhookAckNominal, {
      request: (moments) => {
        moments.received = -20_000;
      },
    });
    expect(result.status).toBe("void");
    expect(result.reasons[0]?.text).toContain("1800 deliveries were received before they were sent");
  });

  test("answers before their commit fail where the clocks were compared and agree", () => {
    const early: Planted["request"] = (moments, n) => {
      if (n % 3 === 0) moments.committed = moments.done = moments.answered + 2_500;
    };
    const result = judged(webhookAckNominal, { request: early });
    expect(result.status).toBe("failed");
    expect(result.audit).toMatchObject({ isClean: false, beforeCommit: 600 });
    expect(result.throughput).toBeNull();
    expect(rulesOf(result)).toContain("audit-not-clean");
    // Nobody compared the clocks: then it may be one of them.
    const unknown = judged(webhookAckNominal, {
      request: early,
      evidence: ({ measured }) => ({ clocks: [], measured: { ...measured, clocks: [] } }),
    });
    expect(unknown.status).toBe("void");
  });
});

test("a run that ends with its delivery is over when its answer proves the flush, not when the commit was stamped", () => {
  const result = judged(webhookAckNominal, {
    request: (moments) => {
      moments.done = moments.committed;
      moments.answered = moments.committed + 6_000;
    },
  });
  expect(result.latency["done"]?.p50Ms).toBeCloseTo(result.latency["ack"]?.p50Ms ?? 0, 3);
  expect(result.latency["done"]?.p50Ms).toBeGreaterThan(6);
});

describe("durability", () => {
  test.each([
    ["fsync off", { durability: { fsync: false, synchronousCommit: "on" } }],
    ["synchronous_commit off on the server", { durability: { fsync: true, synchronousCommit: "off" } }],
  ])("with %s nothing passes", (_, evidence) => {
    expect(judged(webhookAckNominal, { evidence: () => evidence }).status).toBe("void");
  });

  test("synchronous_commit off in MeshHook's own sessions shows in the flushes that its backends do not do", () => {
    const result = judged(webhookAckNominal, {
      evidence: ({ activity }) => ({ activity: { ...activity, walFlushes: 40 } }),
    });
    expect(result.status).toBe("void");
    expect(rulesOf(result)).toContain("durability-off");
  });
});

describe("the live log", () => {
  type View = { gaps: number; duplicates: number; misordered: number; endUs: number | null };
  const damaged = (change: (view: View, n: number) => void): ScenarioResult =>
    judged(logs1Subscriber, {
      evidence: ({ stream }) =>
        stream === null
          ? {}
          : {
              stream: {
                ...stream,
                views: stream.views.map((view, n) => {
                  const copy = { ...view };
                  change(copy, n);
                  return copy;
                }),
              },
            },
    });

  test("the first line of every run missing, or a single run's lines, fails", () => {
    expect(damaged((view) => (view.gaps = 1))).toMatchObject({ status: "failed", errors: { stream_gap: 1_400 } });
    const held = damaged((view, n) => {
      if (n === 500) view.endUs = null;
    });
    expect(held).toMatchObject({ status: "failed", errors: { stream_missing_end: 1 } });
    expect(held.latency["lag"]).toMatchObject({ failed: 1, maxMs: null });
  });

  test("lines that are swapped or repeated within a single run fail", () => {
    const swapped = damaged((view, n) => {
      if (n === 500) view.misordered = 1;
    });
    expect(swapped).toMatchObject({ status: "failed", errors: { stream_misordered: 1 } });
    const repeated = damaged((view, n) => {
      if (n === 500) view.duplicates = 1;
    });
    expect(repeated).toMatchObject({ status: "failed", errors: { stream_duplicate: 1 } });
  });

  test("the end of somebody else's run does not stand for one that is missing", () => {
    const result = judged(logs1Subscriber, {
      evidence: ({ stream }) =>
        stream === null
          ? {}
          : {
              stream: {
                ...stream,
                views: stream.views.map((view, n) => (n === 500 ? { ...view, runId: "another workflow's run" } : view)),
              },
            },
    });
    expect(result).toMatchObject({ status: "failed", errors: { stream_missing_end: 1 } });
  });
});

describe("a kill", () => {
  /** The run ends 60 ms after its commit, or after the new process took it over: nothing ends while there is none. */
  const endAround = (killUs: number, moments: Moments, intendedUs: number): void => {
    moments.done = moments.committed + 60_000;
    const wasUnderWay = intendedUs < killUs && intendedUs + moments.done > killUs;
    if (wasUnderWay) moments.done = killUs + 600_000 - intendedUs;
  };

  const killed = (downMs: number, changes: Planted = {}): ScenarioResult => {
    const killedUs = 1_700_000_000_000_000 + 6_000_000;
    return judged(faultKill9, {
      request: (moments, n, intendedUs) => {
        if (intendedUs >= 5_999_000 && intendedUs < 6_000_000 + downMs * 1_000) moments.outcome = Outcome.refused;
        else endAround(6_000_000, moments, intendedUs);
        changes.request?.(moments, n, intendedUs);
      },
      evidence: () => ({
        faults: [{ step: { kind: "kill-9", at: 4_000, down: 500 }, beganUs: killedUs, endedUs: killedUs + 500_000 }],
      }),
    });
  };

  test("says how long clients had no answer, not how soon a process was started", () => {
    const result = killed(3_240);
    expect(result.outage?.clientsMs).toBeCloseTo(3_240, -2);
    expect(result.outage).toMatchObject({ failedRequests: 648, downMs: 500 });
    expect(result.notes.join(" ")).toMatch(/Clients saw an outage of 3,2\d\d ms, during which 648 requests failed/);
    expect(missedBy(result)).toEqual([]);
    expect(result.status).toBe("passed");
  });

  test("that comes twice has an outcome each time, and the longest outage counts", () => {
    const first = 1_700_000_000_000_000 + 5_000_000;
    const second = first + 5_000_000;
    const step = { kind: "kill-9", at: 3_000, down: 500 } as const;
    const result = judged(faultKill9, {
      request: (moments, _, intendedUs) => {
        const isIn = (fromUs: number, ms: number) => intendedUs >= fromUs - 1_000 && intendedUs < fromUs + ms * 1_000;
        if (isIn(5_000_000, 1_000) || isIn(10_000_000, 2_000)) moments.outcome = Outcome.refused;
        else endAround(intendedUs < 6_000_000 ? 5_000_000 : 10_000_000, moments, intendedUs);
      },
      evidence: () => ({
        faults: [
          { step, beganUs: first, endedUs: first + 500_000 },
          { step, beganUs: second, endedUs: second + 500_000 },
        ],
      }),
    });
    expect(result.answers.unexpected).toBe(0);
    expect(result.outage?.clientsMs).toBeCloseTo(2_000, -2);
    expect(result.faults?.map(({ beganMs, failedRequests }) => [Math.round(beganMs), failedRequests])).toEqual([
      [5_000, 200],
      [10_000, 400],
    ]);
    expect(result.faults?.[0]?.rateBackMs).toBeGreaterThan(300);
    expect(result.faults?.[0]?.rateBackMs).toBeLessThan(700);
    expect(result.latency["recovery"]?.count).toBeGreaterThan(15);
  });

  test("has a limit, and earlier failures are not part of it", () => {
    expect(missedBy(killed(8_500))).toContain("outage.clientsMs <= 6000");
    const before = killed(2_000, {
      request: (moments, n) => {
        if (n === 800) moments.outcome = 503;
      },
    });
    expect(missedBy(before)).toContain("answers.unexpected == 0");
    expect(before.status).toBe("failed");
  });
});
