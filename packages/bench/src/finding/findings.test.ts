import { describe, expect, test } from "vitest";
import { failedSample, sampleResult, sampleWith } from "../../test/sample-result.ts";
import type { BenchResult, CauseName, DatabaseActivity, ScenarioResult } from "../result/result.ts";
import { findBottlenecks, rules } from "./findings.ts";

const NOMINAL = "webhook-ack-nominal";
const SATURATION = "dag-pure-saturation";

/** One planted bottleneck per rule: the smallest change of a healthy result that has this cause and no other. */
const planted: { readonly [rule: string]: () => BenchResult } = {
  "audit-not-clean": () =>
    sampleWith("fault-kill-9", ({ audit }) => ({
      status: "failed",
      throughput: null,
      audit: { ...audit, isClean: false, lost: 2 },
    })),
  "durability-off": () => sampleResult({ environment: { ...sampleResult().environment, synchronousCommit: "off" } }),
  "errors-under-nominal-load": () => sampleWith(NOMINAL, () => ({ errors: { "503": 40 } })),
  "completion-lags-intake": () =>
    sampleWith(NOMINAL, ({ throughput }) => ({
      throughput: throughput && { ...throughput, completedPerSecond: throughput.ackedPerSecond * 0.7 },
    })),
  "generator-not-backed": () =>
    sampleWith(NOMINAL, ({ generator }) => ({
      generator: { ...generator, isBacked: false, reasons: ["it used 92 % of a core, more than 50 %"], cpuShare: 0.92 },
    })),
  "clocks-disagree": () =>
    sampleWith(NOMINAL, () => ({ clocks: [{ of: "the generator", offsetUs: 50_000, uncertaintyUs: 40 }] })),
  "host-disturbed": () => sampleWith(NOMINAL, () => ({ disturbances: [STEAL] })),
  stalls: () =>
    sampleWith(NOMINAL, ({ episodes }) => ({
      episodes: { ...episodes, period: { everyMs: 5_000, lengthMs: 204, times: 12, share: 0.041 } },
    })),
  "more-statements": () =>
    sampleWith(NOMINAL, ({ thresholds }) => ({
      thresholds: [...thresholds, missedGate("work.statements <= 1.2", 2.01)],
    })),
  "connections-not-kept": () =>
    sampleWith(NOMINAL, ({ thresholds }) => ({
      thresholds: [...thresholds, missedGate("connections.reopened <= 120", 5_990)],
    })),
  "receive-dominates": () =>
    sampleWith(NOMINAL, (scenario) => ({ phases: withPhase(scenario, "send and receive", 14) })),
  "durable-dominates": () => sampleWith(NOMINAL, (scenario) => ({ phases: withPhase(scenario, "durable", 14) })),
  "stream-lag-dominates": () =>
    sampleWith("logs-100-subscribers", (scenario) => ({ phases: withPhase(scenario, "stream", 180) })),
  "meshhook-cpu-bound": () =>
    sampleWith(SATURATION, ({ host, resources, load }) => ({
      host: { ...host, cpuBusyShare: 0.6 },
      resources: resources.map((process) =>
        process.name === "meshhook" ? { ...process, cpuSeconds: (load.durationMs / 1000) * 0.99 } : process,
      ),
    })),
  "database-cpu-bound": () =>
    sampleWith(SATURATION, ({ host, resources, load }) => ({
      host: { ...host, cpuBusyShare: 0.98 },
      resources: resources.map((process) =>
        process.name === "postgres" ? { ...process, cpuSeconds: (load.durationMs / 1000) * 1.2 } : process,
      ),
    })),
  "roof-share-low": () =>
    sampleWith(SATURATION, ({ host, resources, load }) => ({
      roofShare: { rawHttp: 0.06, copyRows: 0.02, commits: 0.01 },
      host: { ...host, cpuBusyShare: 0.25 },
      resources: resources.map((process) =>
        process.name === "meshhook" ? { ...process, cpuSeconds: (load.durationMs / 1000) * 0.2 } : process,
      ),
    })),
  "memory-growth": () =>
    sampleWith(NOMINAL, ({ series }) => ({
      series: series.map((point) => ({ ...point, meshhookRssBytes: 120_000_000 + point.second * 6_000_000 })),
    })),
  "batching-ineffective": () => sampleWith(SATURATION, ({ work }) => ({ work: work && { ...work, commits: 0.97 } })),
  "hot-table-churn": () => sampleWith(NOMINAL, ({ work }) => ({ work: work && { ...work, hotUpdates: 1 } })),
  "wal-beside-journal": () =>
    sampleWith(SATURATION, (scenario) => ({
      database: withDatabase(scenario, ({ statements }) => ({
        statements: [
          ...statements,
          {
            query: "update meshhook.progress set position = $1",
            calls: 152_000,
            totalMs: 900,
            rows: 152_000,
            walBytes: 400_000_000,
          },
        ],
      })),
    })),
  "full-page-images": () =>
    sampleWith(SATURATION, (scenario) => ({
      database: withDatabase(scenario, ({ walBytes }) => ({ walFullPageImages: Math.round((walBytes * 0.7) / 8192) })),
    })),
  "checkpoint-tail": () =>
    sampleWith(NOMINAL, (scenario) => ({
      database: withDatabase(scenario, () => ({ checkpoints: 1 })),
      series: scenario.series.map((point) => (point.second === 20 ? { ...point, ackMsP99: 88 } : point)),
    })),
  "wait-dominates": () =>
    sampleWith(SATURATION, (scenario) => ({
      database: withDatabase(scenario, ({ waits }) => ({
        waits: [...waits, { event: "Lock:transactionid", samples: 900 }],
      })),
    })),
  "vacuum-backlog": () =>
    sampleWith(SATURATION, (scenario) => ({
      database: withDatabase(scenario, ({ tables }) => ({
        tables: tables.map((table) => (table.name === "journal" ? { ...table, deadTuples: 90_000 } : table)),
      })),
    })),
  "connections-near-limit": () =>
    sampleWith(SATURATION, (scenario) => ({ database: withDatabase(scenario, () => ({ connectionsMax: 196 })) })),
  "target-dominates": () =>
    sampleWith("dag-one-call-nominal", (scenario) => ({ phases: withPhase(scenario, "call and end", 600) })),
  "generator-late": withTail("generator"),
  "event-loop-blocked": withTail("event-loop"),
  "collections-dominate-tail": withTail("collection"),
  "lock-waits": withTail("lock"),
  "disk-flush-bound": withTail("wal-flush"),
  "wal-file-creation": withTail("wal-file"),
  "checkpoints-too-often": () =>
    sampleWith(SATURATION, (scenario) => ({ database: withDatabase(scenario, () => ({ checkpoints: 4 })) })),
  "pages-read-from-disk": () =>
    sampleWith(SATURATION, (scenario) => ({
      database: withDatabase(scenario, ({ waits }) => ({
        waits: [...waits, { event: "IO:DataFileRead", samples: 90 }],
      })),
    })),
  "pool-exhausted": () =>
    sampleWith(NOMINAL, (scenario) => ({
      database: withDatabase(scenario, ({ connectionsMax }) => ({ connectionsByState: { active: connectionsMax } })),
    })),
  "batches-full": () => sampleWith(SATURATION, ({ work }) => ({ work: work && { ...work, commits: 0.0105 } })),
  "index-bloat": () =>
    sampleWith(SATURATION, (scenario) => ({
      database: withDatabase(scenario, ({ tables }) => ({
        tables: tables.map((table) => ({ ...table, indexBytes: Math.round(table.bytes * 0.7) })),
      })),
    })),
  "old-transaction": () =>
    sampleWith(NOMINAL, (scenario) => ({
      database: withDatabase(scenario, () => ({ oldestTransactionMsMax: 21_000 })),
    })),
  rollbacks: () =>
    sampleWith(SATURATION, (scenario) => ({
      database: withDatabase(scenario, ({ commits }) => ({ rollbacks: Math.round(commits * 0.2) })),
    })),
};

/** The slowest requests took 40 ms beyond the median, mostly for this cause. */
function withTail(cause: CauseName): () => BenchResult {
  return () =>
    sampleWith(NOMINAL, ({ tail }) => ({
      tail: {
        of: "ack",
        aboveMs: 20,
        notWatched: [],
        slowest: [],
        ...tail,
        requests: 60,
        excessMs: 2_400,
        causes: [{ cause, share: 0.8, text: "planted" }],
        unexplainedShare: 0.2,
      },
    }));
}

const STEAL = { metric: "host.stealShare", value: 0.11, limit: 0.02, text: "others took 11 % of the CPU time" };

function missedGate(expression: string, actual: number) {
  return { expression, actual, holds: false, kind: "gate", reason: "planted" } as const;
}

function withDatabase(
  scenario: ScenarioResult,
  change: (database: DatabaseActivity) => Partial<DatabaseActivity>,
): DatabaseActivity | null {
  return scenario.database === null ? null : { ...scenario.database, ...change(scenario.database) };
}

/** One phase takes longer; the shares still add up to 1. */
function withPhase(scenario: ScenarioResult, name: string, meanMs: number): ScenarioResult["phases"] {
  const changed = scenario.phases.map((phase) =>
    phase.name === name ? { ...phase, meanMs, p50Ms: meanMs * 0.9 } : phase,
  );
  const total = changed.reduce((sum, phase) => sum + phase.meanMs, 0);
  return changed.map((phase) => ({ ...phase, share: phase.meanMs / total }));
}

test("a healthy result has no findings", () => {
  expect(findBottlenecks(sampleResult())).toEqual([]);
});

test("every rule has a planted bottleneck", () => {
  expect(Object.keys(planted).toSorted()).toEqual(rules.map((rule) => rule.name).toSorted());
});

describe("a planted bottleneck is found by its rule and no other", () => {
  test.each(Object.entries(planted))("%s", (rule, plant) => {
    const findings = findBottlenecks(plant());
    expect(findings.map((finding) => finding.rule)).toEqual([rule]);
    const [finding] = findings;
    expect(finding?.evidence.length).toBeGreaterThan(0);
    expect(finding?.recommendation.rank).toBeGreaterThan(0);
    expect(finding?.recommendation.rank).toBeLessThanOrEqual(200);
  });
});

test("a durable wait on a slow disk is laid to the disk, and synchronous_commit is named at the price of durability", () => {
  const slow = planted["durable-dominates"]?.();
  const [finding] =
    slow === undefined ? [] : findBottlenecks({ ...slow, environment: { ...slow.environment, fdatasyncUsP50: 9_000 } });
  expect(finding?.title).toBe("Disk flushes take most of the time to answer");
  expect(finding?.recommendation.area).toBe("infrastructure");
  expect(finding?.recommendation.change).toContain("at the price of durability");
});

test("the same trouble in two scenarios is one finding with evidence from both", () => {
  const scenarios = sampleResult().scenarios.map((scenario) => ({
    ...scenario,
    disturbances: [STEAL],
  }));
  const findings = findBottlenecks(sampleResult({ scenarios }));
  expect(findings).toHaveLength(1);
  expect(findings[0]?.evidence.map((row) => row.scenario)).toEqual(scenarios.map((scenario) => scenario.name));
});

test("lost work ranks before speed, and larger effects before smaller ones", () => {
  const failed = failedSample();
  const scenarios = failed.scenarios.map((scenario) =>
    scenario.name === SATURATION
      ? { ...scenario, work: scenario.work && { ...scenario.work, commits: 0.97, hotUpdates: 0.2 } }
      : scenario,
  );
  const found = findBottlenecks({ ...failed, scenarios });
  expect(found.map((finding) => finding.rule)).toEqual([
    "durability-off",
    "audit-not-clean",
    "batching-ineffective",
    "hot-table-churn",
  ]);
  expect(found[0]?.recommendation.rankReason).toContain("rank above speed");
});

test("bursts that share a flush do not point to a database that is not durable; a steady rate without flushes does", () => {
  const unflushed = (sent: readonly number[]) =>
    sampleWith(NOMINAL, ({ database, series }) => ({
      database: database && { ...database, walFlushes: 40 },
      series: series.map((point, second) => ({ ...point, sent: sent[second % sent.length] ?? 0 })),
    }));
  const rules = (result: BenchResult) => findBottlenecks(result).map(({ rule }) => rule);
  expect(rules(unflushed([100]))).toContain("durability-off");
  expect(rules(unflushed([900, 10]))).not.toContain("durability-off");
});

test("what a healthy run shows at a nominal rate is not a finding: long runs under way, large bodies, flushes of single commits", () => {
  const rules = (result: BenchResult) => findBottlenecks(result).map(({ rule }) => rule);
  // A flaky target: half a second on average, in blocks of 4.8 s.
  const long = sampleWith(NOMINAL, ({ throughput, latency, load }) => ({
    throughput: throughput && { ...throughput, completedPerSecond: throughput.ackedPerSecond * 0.956 },
    latency: { ...latency, done: { ...latency["ack"]!, meanMs: 543 } },
    load: { ...load, durationMs: 4_800 },
  }));
  expect(rules(long)).toEqual([]);
  // Bodies of 1 MB are 19 ms of log, whatever the number of writers.
  const large = sampleWith(NOMINAL, (scenario) => ({
    phases: withPhase(scenario, "durable", 21),
    work: scenario.work && { ...scenario.work, walBytes: 1_073_494 },
  }));
  expect(rules(large)).not.toContain("durable-dominates");
  const flushes = (name: string) =>
    sampleWith(name, (scenario) => ({
      database: withDatabase(scenario, () => ({
        waits: [
          { event: "IO:WalSync", samples: 590 },
          { event: "CPU", samples: 180 },
        ],
      })),
    }));
  expect(rules(flushes(NOMINAL))).toEqual([]);
  expect(rules(flushes(SATURATION))).toEqual(["wait-dominates"]);
});

test("an experiment turns one knob of the scenario that showed the trouble", () => {
  const findings = findBottlenecks(planted["batching-ineffective"]?.() ?? sampleResult());
  expect(findings[0]?.recommendation.experiment).toBe(
    "npm run bench -- ab dag-pure-saturation --b-set MESHHOOK_WRITERS=1",
  );
});

test("saturation with every core busy is not a CPU finding: another process would only take CPU from the others", () => {
  const busy = sampleWith(SATURATION, ({ host, resources, load }) => ({
    host: { ...host, cpuBusyShare: 0.99 },
    resources: resources.map((process) =>
      process.name === "meshhook" ? { ...process, cpuSeconds: load.durationMs / 1000 } : process,
    ),
  }));
  expect(findBottlenecks(busy)).toEqual([]);
});

test("two processes that share the work are not one that is full, and one that is full is found beside one that is not", () => {
  const busy = (busiestShare: number) =>
    sampleWith(SATURATION, ({ host, resources, load }) => ({
      host: { ...host, cpuBusyShare: 0.6 },
      resources: resources.map((process) =>
        process.name === "meshhook"
          ? { ...process, cpuSeconds: (load.durationMs / 1000) * 1.2, processes: 3, busiestShare }
          : process,
      ),
    }));
  expect(findBottlenecks(busy(0.62))).toEqual([]);
  const [finding] = findBottlenecks(busy(0.97));
  expect(finding).toMatchObject({ rule: "meshhook-cpu-bound", recommendation: { experiment: null } });
});

test("nothing is recommended from the times of a scenario that was disturbed", () => {
  const slow = planted["durable-dominates"]?.() ?? sampleResult();
  const disturbed = slow.scenarios.map((scenario) => ({ ...scenario, disturbances: [STEAL] }));
  expect(findBottlenecks(slow).map(({ rule }) => rule)).toEqual(["durable-dominates"]);
  expect(findBottlenecks({ ...slow, scenarios: disturbed }).map(({ rule }) => rule)).toEqual(["host-disturbed"]);
});

test("a mean that one stall raised is not a reason for more writers", () => {
  const stalled = sampleWith(NOMINAL, (scenario) => ({
    phases: withPhase(scenario, "durable", 14).map((phase) => ({ ...phase, p50Ms: 0.7 })),
  }));
  expect(findBottlenecks(stalled)).toEqual([]);
});
