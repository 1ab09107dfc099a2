/**
 * Sample results for tests of rules and reports: a healthy `quick` suite on two cores with the figures such a machine
 * gives, and small changes to it. Seeded, so the same on every run.
 */
import { build, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type {
  Answers,
  Audit,
  BenchResult,
  Block,
  CauseShare,
  DatabaseActivity,
  LatencyHeatmap,
  LatencySummary,
  Phase,
  ScenarioResult,
  SeriesPoint,
  Tail,
} from "../src/result/result.ts";
import { seededRandom, summarizeHistogram } from "../src/stats/index.ts";

const STARTED_AT_MS = Date.UTC(2026, 10, 24, 0, 10, 26);

/** Changes to a value, level by level. */
export type Changes<T> = { readonly [Key in keyof T]?: T[Key] };

/** A whole, healthy result. */
export function sampleResult(changes: Changes<BenchResult> = {}): BenchResult {
  return {
    schemaVersion: 1,
    id: "20261124-001026-quick",
    suite: "quick",
    startedAtMs: STARTED_AT_MS,
    finishedAtMs: STARTED_AT_MS + 312_000,
    command: "meshhook bench run quick --seed 42",
    commit: { revision: "8632d44c1f0b7d1e5a0f4be2a4c9d0a1b2c3d4e5", isDirty: false },
    seed: 42,
    environment: {
      host: {
        os: "Debian GNU/Linux 12",
        kernel: "6.18.4",
        cpuModel: "AMD EPYC 9R14",
        cores: 2,
        memoryBytes: 25_769_803_776,
        isVirtual: true,
      },
      node: "24.21.0",
      meshhook: "0.1.0",
      postgres: {
        version: "18.4",
        settings: {
          fsync: "on",
          synchronous_commit: "on",
          shared_buffers: "512MB",
          max_wal_size: "1GB",
          max_connections: "200",
          wal_compression: "off",
          shared_preload_libraries: "pg_stat_statements",
        },
      },
      fsync: true,
      synchronousCommit: "on",
      fdatasyncUsP50: 105,
      fingerprint: "3f1c9a7be24d5506a8c1f0b7d1e5a0f4be2a4c9d0a1b2c3d4e5f60718293a4b5",
    },
    calibration: { ceilingPerSecond: 21_480, cpuUsPerRequest: 38.4, latenessMsP99: 0.42 },
    roofs: { copyRowsPerSecond: 61_200, commitsPerSecond: 4_198, rawHttpPerSecond: 13_900 },
    canaryBest: { cpuMs: 5, flushMs: 0.19, roundTripMs: 0.039 },
    scenarios: [ackNominal(), saturation(), httpCalls(), liveLogs(), workerKill()],
    findings: [],
    external: [
      {
        source: "prometheus",
        name: "host_cpu_busy",
        labels: { instance: "db-1:9100" },
        unit: "share",
        points: [
          { atMs: STARTED_AT_MS, value: 0.2 },
          { atMs: STARTED_AT_MS + 15_000, value: 0.4 },
        ],
      },
    ],
    verdict: "passed",
    deviations: ["Durations are the suite's own; the network between the parts is loopback."],
    ...changes,
  };
}

/** The sample with one scenario changed; the others stay healthy. */
export function sampleWith(name: string, change: (scenario: ScenarioResult) => Changes<ScenarioResult>): BenchResult {
  const healthy = sampleResult();
  if (!healthy.scenarios.some((scenario) => scenario.name === name))
    throw new Error(`the sample has no scenario ${name}`);
  return {
    ...healthy,
    scenarios: healthy.scenarios.map((scenario) =>
      scenario.name === name ? { ...scenario, ...change(scenario) } : scenario,
    ),
  };
}

/** A failed run: one threshold does not hold, one scenario lost runs, durability was off. */
export function failedSample(): BenchResult {
  const healthy = sampleResult();
  const scenarios = healthy.scenarios.map((scenario): ScenarioResult => {
    if (scenario.name === "webhook-ack-nominal") {
      return {
        ...scenario,
        status: "failed",
        reasons: [
          {
            verdict: "failed",
            text: "`latency.ack.p99Ms <= 12` does not hold: measured 38.2 (sub-second with a wide margin). Nothing disturbed the machine, and the miss does not depend on a single event.",
            next: "See the phases and the findings below for where the time goes.",
          },
        ],
        latency: {
          ...scenario.latency,
          ack: latency({ count: 6_000, medianMs: 6.4, spread: 0.62, tailMs: 95, seed: 71 }),
        },
        thresholds: scenario.thresholds.map((threshold) =>
          threshold.expression.startsWith("latency.ack.p99Ms")
            ? { ...threshold, actual: 38.2, holds: false }
            : threshold,
        ),
      };
    }
    if (scenario.name !== "fault-kill-9") return scenario;
    return {
      ...scenario,
      status: "failed",
      reasons: [
        {
          verdict: "failed",
          text: "The audit is not clean: 3 accepted deliveries have no run.",
          next: "Look up the runs that the audit names. The other figures of this scenario do not count until these runs are explained.",
        },
      ],
      throughput: null,
      audit: {
        ...scenario.audit,
        isClean: false,
        lost: 3,
        duplicated: 1,
        details: [
          "3 accepted deliveries have no run: 0192f3a1-…, 0192f3a4-…, 0192f3a9-…",
          "1 delivery became two runs",
        ],
      },
    };
  });
  return {
    ...healthy,
    scenarios,
    verdict: "failed",
    environment: { ...healthy.environment, synchronousCommit: "off" },
  };
}

interface Shape {
  readonly count: number;
  readonly medianMs: number;
  readonly spread: number;
  readonly tailMs: number;
  readonly seed: number;
}

/** The same shapes come again in every sample, and the large ones take a tenth of a second to draw. */
const drawn = new Map<string, LatencySummary>();

/** A latency distribution: lognormal around a median, with one sample in two hundred drawn from a longer tail. */
function latency(shape: Shape): LatencySummary {
  const key = JSON.stringify(shape);
  const summary = drawn.get(key) ?? drawLatency(shape);
  drawn.set(key, summary);
  return summary;
}

function drawLatency(shape: Shape): LatencySummary {
  const random = seededRandom(shape.seed);
  const histogram = build({
    bitBucketSize: 32,
    autoResize: true,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
  for (let sample = 0; sample < shape.count; sample++) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const body = shape.medianMs * Math.exp(shape.spread * normal);
    const value = random() < 0.005 ? body + shape.tailMs * random() : body;
    histogram.recordValue(Math.max(1, Math.round(value * 1000)));
  }
  return { ...summarizeHistogram(histogram), histogram: encodeIntoCompressedBase64(histogram) };
}

/** Seconds before the measured part. */
const WARMUP_SECONDS = 3;

/** Series of a steady run, warm-up included. */
function steadySeries(options: {
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly meshhookCpu: number;
  readonly postgresCpu: number;
  readonly seed: number;
}): readonly SeriesPoint[] {
  const random = seededRandom(options.seed);
  const around = (value: number, part: number) => value * (1 + part * (random() - 0.5));
  return Array.from({ length: options.seconds + WARMUP_SECONDS }, (_, second) => {
    const sent = Math.round(around(options.perSecond, 0.06));
    return {
      second,
      sent,
      acked: sent,
      errors: 0,
      ackMsP50: around(options.p50Ms, 0.12),
      ackMsP99: around(options.p99Ms, 0.5),
      meshhookCpuShare: second === 0 ? null : around(options.meshhookCpu, 0.2),
      postgresCpuShare: second === 0 ? null : around(options.postgresCpu, 0.2),
      meshhookRssBytes: Math.round(around(118e6, 0.04)),
      unfinished: Math.round(around(options.perSecond / 100, 1)),
      loopBusyShare: around(options.meshhookCpu * 0.9, 0.2),
      cpuPressureShare: around(0.04, 1),
      ioPressureShare: around(0.01, 1),
      stealShare: around(0.0002, 1),
    };
  });
}

/** Columns of a second, with most requests around the median and a few slow ones in every tenth column. */
function steadyHeatmap(seconds: number, perSecond: number, medianMs: number): LatencyHeatmap {
  const edgesMs = [0.5, 0.7, 0.85, 1, 1.2, 1.5, 3, 9, 20].map((times) => Number((medianMs * times).toPrecision(4)));
  const shares = [0.02, 0.13, 0.35, 0.3, 0.15, 0.05];
  const columns = seconds + WARMUP_SECONDS;
  return {
    of: "ack",
    startMs: 0,
    stepMs: 1_000,
    edgesMs,
    counts: Array.from({ length: columns }, (_, column) => [
      ...shares.map((share) => Math.round(perSecond * share)),
      0,
      column % 10 === 7 ? 1 + Math.round(perSecond / 100) : 0,
    ]),
    failed: Array.from({ length: columns }, () => 0),
  };
}

/** The stretches of a run's life by what the scenario can see: the names that the suite gives them. */
const stretches = {
  pure: [
    ["send and receive", "intended send", "received"],
    ["durable", "received", "committed"],
    ["flush and answer", "committed", "answer at the sender"],
  ],
  call: [
    ["send and receive", "intended send", "received"],
    ["durable", "received", "committed"],
    ["first step", "committed", "first call at its target"],
    ["call and end", "first call at its target", "end committed"],
  ],
  stream: [
    ["send and receive", "intended send", "received"],
    ["durable", "received", "committed"],
    ["stream", "committed", "last line at a viewer"],
  ],
} as const;

function phases(kind: keyof typeof stretches, meansMs: readonly number[], restMs: number): readonly Phase[] {
  const total = meansMs.reduce((sum, meanMs) => sum + meanMs, restMs);
  const known = stretches[kind].map(([name, from, to], index): Phase => {
    const meanMs = meansMs[index] ?? 0;
    return { name, from, to, meanMs, p50Ms: meanMs * 0.88, p99Ms: meanMs * 2.9, share: meanMs / total };
  });
  const first = stretches[kind][0][1];
  const last = stretches[kind].at(-1)?.[2] ?? "";
  return [
    ...known,
    { name: "unexplained", from: first, to: last, meanMs: restMs, p50Ms: restMs, p99Ms: null, share: restMs / total },
  ];
}

/** Five blocks behind each other, of which one was disturbed. */
function sampleBlocks(
  startedAtMs: number,
  seconds: number,
  ack: LatencySummary,
  completedPerSecond: number,
): readonly Block[] {
  const length = (seconds * 1_000) / 5;
  const canary = { cpuMs: 5.1, flushMs: 0.21, roundTripMs: 0.041 };
  return Array.from({ length: 5 }, (_, index) => ({
    startedAtMs: startedAtMs + index * 60_000,
    fromMs: WARMUP_SECONDS * 1_000 + index * length,
    untilMs: WARMUP_SECONDS * 1_000 + (index + 1) * length,
    isJudged: index !== 2,
    disturbances:
      index === 2
        ? [
            {
              metric: "canary.cpuMs",
              value: 7.4,
              limit: 6.6,
              text: "a fixed piece of work took 1.5 times as long as at its best",
            },
          ]
        : [],
    isBacked: true,
    canary: { before: canary, after: index === 2 ? { ...canary, cpuMs: 7.4 } : canary },
    meshhookRssBytes: 214_000_000 + index * 400_000,
    latency: { ack: { count: Math.round(ack.count / 5), failed: 0, p50Ms: ack.p50Ms, p99Ms: ack.p99Ms } },
    completedPerSecond,
    missed: [],
  }));
}

function diskCause(share: number): CauseShare {
  const text = "A flush of the database's disk by the benchmark, independent of MeshHook, took 16 ms.";
  return { cause: "disk", share, text };
}

function collectionCause(share: number): CauseShare {
  return { cause: "collection", share, text: "MeshHook was collecting garbage (major), for up to 9.2 ms at a time." };
}

function slowTail(aboveMs: number): Tail {
  return {
    of: "ack",
    aboveMs,
    requests: 60,
    excessMs: 412,
    causes: [diskCause(0.48), collectionCause(0.21)],
    unexplainedShare: 0.31,
    notWatched: [],
    slowest: [
      {
        runId: "01890000-0000-7000-8000-0000000002c8",
        dueMs: 7_120,
        sentMs: 7_120.1,
        receivedMs: 7_120.4,
        committedMs: 7_122.1,
        answeredMs: 7_139.2,
        doneMs: 7_122.3,
        latencyMs: 19.2,
        causes: [diskCause(0.9)],
      },
    ],
  };
}

function allAccepted(requests: number): Answers {
  return {
    due: requests,
    accepted: requests,
    shed: 0,
    rejected: 0,
    unanswered: 0,
    refused: 0,
    unsent: 0,
    failed: 0,
    failedShare: 0,
    unexpected: 0,
  };
}

function cleanAudit(requests: number, effects = 0): Audit {
  return {
    isClean: true,
    sent: requests,
    accepted: requests,
    rejected: 0,
    unknown: 0,
    runs: requests,
    finished: requests,
    lost: 0,
    duplicated: 0,
    outOfOrder: 0,
    stuck: 0,
    phantom: 0,
    effects,
    effectRepeats: 0,
    effectsMissing: 0,
    effectsUnexpected: 0,
    effectsWrong: 0,
    beforeCommit: 0,
    resultsChecked: Math.min(3_000, requests),
    resultsWrong: 0,
    details: [],
  };
}

function database(runs: number, commits: number, rowsPerRun: number): DatabaseActivity {
  const rows = Math.round(runs * rowsPerRun);
  return {
    commits,
    rollbacks: 0,
    walBytes: rows * 1_420,
    walRecords: rows * 4,
    walFullPageImages: Math.round(rows * 0.01),
    walFlushes: Math.round(commits * 0.9),
    checkpoints: 0,
    tables: [
      {
        name: "journal",
        inserts: rows,
        updates: 0,
        deletes: 0,
        deadTuples: 0,
        bytes: rows * 1_610 + 65_536,
        indexBytes: rows * 120 + 16_384,
        liveTuples: rows,
        autovacuums: 0,
      },
      { name: "deduplications", inserts: runs, updates: 0, deletes: 0, deadTuples: 0, bytes: runs * 148 + 32_768 },
      { name: "owners", inserts: 0, updates: 60, deletes: 0, deadTuples: 12, bytes: 49_152 },
    ],
    statements: [
      {
        query:
          "insert into meshhook.journal (shard, run_id, seq, at, project_id, version_id, kind, status, facts, body) select segment.* from unnest($1::int[], $2::uuid[], …) on conflict do nothing returning run_id, seq",
        calls: commits,
        totalMs: rows * 0.021,
        rows,
        walBytes: rows * 1_390,
        timeShare: 0.63,
      },
      {
        query: "select shard from meshhook.fences where token = $1 and shard = any($2) for share",
        calls: commits,
        totalMs: commits * 0.012,
        rows: commits,
        walBytes: 0,
      },
      {
        query: "update meshhook.owners set heartbeat_at = clock_timestamp() where token = $1",
        calls: 60,
        totalMs: 3.1,
        rows: 60,
        walBytes: 9_120,
      },
    ],
    waits: [
      { event: "CPU", samples: 212 },
      { event: "IO:WalSync", samples: 61 },
      { event: "LWLock:WALWrite", samples: 34 },
      { event: "LWLock:WALInsert", samples: 6 },
    ],
    connectionsMax: 14,
    connectionsByState: { active: 3, idle: 13 },
    oldestTransactionMsMax: 4.2,
  };
}

interface Outline {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly group: ScenarioResult["group"];
  readonly seconds: number;
  readonly perSecond: number;
  readonly rowsPerRun: number;
  readonly commitsPerRun: number;
  readonly ackMs: readonly [median: number, spread: number, tail: number];
  readonly doneMs: readonly [median: number, spread: number, tail: number];
  readonly phaseKind: keyof typeof stretches;
  readonly phaseMeansMs: readonly number[];
  readonly restMs: number;
  readonly meshhookCpu: number;
  readonly postgresCpu: number;
  readonly generatorCpu: number;
  readonly seed: number;
}

function scenario(outline: Outline, changes: Changes<ScenarioResult> = {}): ScenarioResult {
  const { seconds, perSecond, seed } = outline;
  const requests = seconds * perSecond;
  const commits = Math.round(requests * outline.commitsPerRun);
  const [ackMedian, ackSpread, ackTail] = outline.ackMs;
  const [doneMedian, doneSpread, doneTail] = outline.doneMs;
  const ack = latency({ count: requests, medianMs: ackMedian, spread: ackSpread, tailMs: ackTail, seed });
  const done = latency({ count: requests, medianMs: doneMedian, spread: doneSpread, tailMs: doneTail, seed: seed + 1 });
  const service = latency({
    count: requests,
    medianMs: ackMedian * 0.88,
    spread: ackSpread,
    tailMs: ackTail * 0.7,
    seed: seed + 2,
  });
  const databaseActivity = database(requests, commits, outline.rowsPerRun);
  return {
    name: outline.name,
    title: outline.title,
    question: outline.question,
    group: outline.group,
    load: {
      model: "open",
      ratePerSecond: perSecond,
      inFlightMax: 2_000,
      senders: 0,
      durationMs: seconds * 1000,
      warmupMs: WARMUP_SECONDS * 1000,
      payload: "GitHub `issues.opened`, 1.0 kB",
      subscribers: 0,
    },
    startedAtMs: STARTED_AT_MS + seed * 1000,
    durationMs: (seconds + WARMUP_SECONDS + 4) * 1000,
    status: "passed",
    throughput: {
      ackedPerSecond: perSecond,
      completedPerSecond: perSecond,
      sent: requests,
      acked: requests,
      completed: requests,
    },
    latency: { ack, done, service },
    phases: phases(outline.phaseKind, outline.phaseMeansMs, outline.restMs),
    reasons: [],
    blocks: sampleBlocks(STARTED_AT_MS + seed * 1000, seconds, ack, perSecond),
    intervals: {
      "latency.ack.p50Ms": { low: ackMedian * 0.96, high: ackMedian * 1.05, level: 0.95, blocks: 5 },
      "latency.ack.p99Ms": { low: ackMedian * 2.1, high: ackMedian * 3.4, level: 0.95, blocks: 5 },
      "throughput.completedPerSecond": { low: perSecond * 0.99, high: perSecond * 1.01, level: 0.95, blocks: 5 },
    },
    errors: {},
    answers: allAccepted(requests),
    outage: null,
    episodes: {
      of: "ack",
      slowAboveMs: ackMedian * 3,
      slow: 3,
      count: 2,
      heldAlone: 0,
      p99MsWithoutLargest: ack.p99Ms,
      longest: [
        {
          fromMs: 7_120,
          untilMs: 7_140,
          slow: 2,
          due: 3,
          maxMs: 19,
          origin: "outside",
          causes: [diskCause(0.86)],
          unexplainedShare: 0.14,
        },
        {
          fromMs: 12_310,
          untilMs: 12_322,
          slow: 1,
          due: 2,
          maxMs: 12,
          origin: "inside",
          causes: [collectionCause(0.93)],
          unexplainedShare: 0.07,
        },
      ],
      period: null,
    },
    tail: slowTail(ackMedian * 3),
    disturbances: [],
    clocks: [
      { of: "the generator", offsetUs: 12, uncertaintyUs: 45 },
      { of: "PostgreSQL", offsetUs: -8, uncertaintyUs: 120 },
    ],
    connections: { reopened: 0, reopenedToTarget: outline.phaseKind === "call" ? 0 : null },
    memoryGrowthBytesPerSecond: 4_100,
    audit: cleanAudit(requests),
    work: {
      statements: outline.commitsPerRun * 1.01,
      statementsPerCommit: 1,
      commits: outline.commitsPerRun,
      journalRows: outline.rowsPerRun,
      journalRowsUndone: 0,
      hotUpdates: 0,
      hotDeletes: 0,
      walBytes: databaseActivity.walBytes / requests,
      meshhookCpuMs: (outline.meshhookCpu * 1000) / perSecond,
      postgresCpuMs: (outline.postgresCpu * 1000) / perSecond,
    },
    resources: [
      {
        name: "meshhook",
        cpuSeconds: outline.meshhookCpu * seconds,
        cpuShareMax: outline.meshhookCpu * 1.14,
        rssBytesMax: 121_000_000,
        cpuMsPerRun: (outline.meshhookCpu * 1000) / perSecond,
        // One scenario has all that a result may have.
        ...(outline.name === "logs-100-subscribers" ? { processes: 3, busiestShare: outline.meshhookCpu * 0.6 } : {}),
        runtime: {
          loopBusyShare: outline.meshhookCpu * 0.9,
          loopBusyShareMax: outline.meshhookCpu,
          collectionShare: 0.012,
          collections: seconds * 2,
          heapUsedBytesMax: 58_000_000,
        },
      },
      {
        name: "postgres",
        cpuSeconds: outline.postgresCpu * seconds,
        cpuShareMax: outline.postgresCpu * 1.2,
        rssBytesMax: 214_000_000,
        cpuMsPerRun: (outline.postgresCpu * 1000) / perSecond,
        parts: {
          "client backend": outline.postgresCpu * seconds * 0.9,
          walwriter: outline.postgresCpu * seconds * 0.06,
          checkpointer: outline.postgresCpu * seconds * 0.04,
        },
      },
      {
        name: "generator",
        cpuSeconds: outline.generatorCpu * seconds,
        cpuShareMax: outline.generatorCpu * 1.1,
        rssBytesMax: 96_000_000,
        cpuMsPerRun: (outline.generatorCpu * 1000) / perSecond,
      },
    ],
    host: {
      cpuBusyShare: (outline.meshhookCpu + outline.postgresCpu + outline.generatorCpu) / 2,
      stealShare: 0.0002,
      loadAverage1: (outline.meshhookCpu + outline.postgresCpu + outline.generatorCpu) * 1.1,
      cpuPressureShare: 0.04,
      ioPressureShare: 0.01,
    },
    database: databaseActivity,
    roofShare: null,
    thresholds: [
      limit("latency.ack.p99Ms <= 12", ack.p99Ms, 12, "sub-second with a wide margin"),
      limit("latency.done.p95Ms <= 1000", done.p95Ms, 1000, "sub-second execution under nominal load"),
      limit(
        `work.journalRows <= ${outline.rowsPerRun + 0.1}`,
        outline.rowsPerRun,
        outline.rowsPerRun + 0.1,
        "k calls are k + 1 rows",
      ),
      {
        expression: "answers.unexpected == 0",
        actual: 0,
        holds: true,
        limitHere: 13.4,
        blocks: { judged: 4, missed: 0 },
        kind: "gate",
        reason: "every webhook of a nominal rate is accepted",
      },
    ],
    generator: { isBacked: true, reasons: [], latenessMsP99: 0.61, cpuShare: outline.generatorCpu, unsent: 0 },
    series: steadySeries({
      seconds,
      perSecond,
      p50Ms: ack.p50Ms ?? 0,
      p99Ms: ack.p99Ms ?? ack.maxMs ?? 0,
      meshhookCpu: outline.meshhookCpu,
      postgresCpu: outline.postgresCpu,
      seed: seed + 3,
    }),
    heatmap: steadyHeatmap(seconds, perSecond, ackMedian),
    notes: [],
    artifacts: [`dataset/${outline.name}/series.ndjson`, `dataset/${outline.name}/ledger.ndjson`],
    ...changes,
  };
}

function limit(expression: string, actual: number | null, bound: number, reason: string) {
  const kind = expression.startsWith("work.") ? ("gate" as const) : ("limit" as const);
  return { expression, actual, holds: actual !== null && actual <= bound, kind, reason };
}

function ackNominal(): ScenarioResult {
  return scenario({
    name: "webhook-ack-nominal",
    title: "Webhook answer at a nominal rate",
    question: "How long does a sender wait for a durable answer at 100 webhooks a second?",
    group: "webhook",
    seconds: 60,
    perSecond: 100,
    rowsPerRun: 1,
    commitsPerRun: 0.94,
    ackMs: [1.42, 0.21, 9],
    doneMs: [1.44, 0.21, 9],
    phaseKind: "pure",
    phaseMeansMs: [0.36, 0.72, 0.41],
    restMs: 0.04,
    meshhookCpu: 0.06,
    postgresCpu: 0.05,
    generatorCpu: 0.03,
    seed: 11,
  });
}

function saturation(): ScenarioResult {
  const base = scenario({
    name: "dag-pure-saturation",
    title: "Pure workflow, as fast as it goes",
    question:
      "How many runs of webhook → transform → branch → transform → end does MeshHook complete a second, and what does each cost?",
    group: "dag",
    seconds: 20,
    perSecond: 7_600,
    rowsPerRun: 1,
    commitsPerRun: 0.031,
    ackMs: [6.8, 0.42, 24],
    doneMs: [6.9, 0.42, 24],
    phaseKind: "pure",
    phaseMeansMs: [1.9, 2.1, 2.6],
    restMs: 0.12,
    meshhookCpu: 0.93,
    postgresCpu: 0.52,
    generatorCpu: 0.42,
    seed: 23,
  });
  return {
    ...base,
    load: { ...base.load, model: "closed", ratePerSecond: null, senders: 64, inFlightMax: 64 },
    roofShare: { rawHttp: 0.547, copyRows: 0.124, commits: 0.056 },
    host: { ...base.host, cpuPressureShare: 0.58 },
    thresholds: [
      {
        expression: "throughput.completedPerSecond >= 4000",
        actual: 7_600,
        holds: true,
        kind: "limit",
        reason: "above the fastest durable peer on this machine",
      },
      limit(
        "latency.ack.p99Ms <= 50",
        base.latency["ack"]?.p99Ms ?? null,
        50,
        "the rate counts only while senders are served",
      ),
      limit("work.commits <= 0.05", 0.031, 0.05, "batches must form under load"),
      {
        expression: "answers.unexpected == 0",
        actual: 0,
        holds: true,
        kind: "gate",
        reason: "every webhook of a nominal rate is accepted",
      },
    ],
    notes: ["The warm-up ended after 3 s, when three seconds in a row differed by less than 3 %."],
  };
}

function httpCalls(): ScenarioResult {
  const base = scenario({
    name: "dag-one-call-nominal",
    title: "Workflow with one HTTP call",
    question: "What does a run with one outside call cost beyond the call itself?",
    group: "dag",
    seconds: 60,
    perSecond: 100,
    rowsPerRun: 2,
    commitsPerRun: 1.86,
    ackMs: [1.5, 0.22, 8],
    doneMs: [4.4, 0.25, 14],
    phaseKind: "call",
    phaseMeansMs: [0.38, 0.75, 0.9, 1.4],
    restMs: 0.09,
    meshhookCpu: 0.13,
    postgresCpu: 0.09,
    generatorCpu: 0.05,
    seed: 37,
  });
  return { ...base, audit: { ...base.audit, effects: 6_000 } };
}

function liveLogs(): ScenarioResult {
  const base = scenario({
    name: "logs-100-subscribers",
    title: "Live logs for 100 subscribers",
    question: "How far behind the run is the last log line when 100 clients watch?",
    group: "logs",
    seconds: 60,
    perSecond: 100,
    rowsPerRun: 1,
    commitsPerRun: 0.95,
    ackMs: [1.6, 0.24, 9],
    doneMs: [1.7, 0.24, 9],
    phaseKind: "stream",
    phaseMeansMs: [0.41, 0.82, 3.4],
    restMs: 0.08,
    meshhookCpu: 0.31,
    postgresCpu: 0.06,
    generatorCpu: 0.21,
    seed: 53,
  });
  return {
    ...base,
    load: {
      ...base.load,
      subscribers: 100,
      driver: { name: "jmeter", version: "5.6.3", timesFrom: "schedule" },
    },
    errors: { stream_gap: 0, stream_duplicate: 0, stream_misordered: 0, stream_missing_end: 0, stream_broken: 0 },
    latency: { ...base.latency, lag: latency({ count: 30_000, medianMs: 4.9, spread: 0.33, tailMs: 22, seed: 58 }) },
  };
}

function workerKill(): ScenarioResult {
  const base = scenario({
    name: "fault-kill-9",
    title: "MeshHook killed under load",
    question: "Does `kill -9` lose, repeat or reorder anything that was accepted?",
    group: "fault",
    seconds: 60,
    perSecond: 100,
    rowsPerRun: 2,
    commitsPerRun: 1.8,
    ackMs: [1.6, 0.3, 60],
    doneMs: [4.9, 0.4, 400],
    phaseKind: "call",
    phaseMeansMs: [0.5, 1.3, 1.4, 2.6],
    restMs: 0.2,
    meshhookCpu: 0.14,
    postgresCpu: 0.1,
    generatorCpu: 0.05,
    seed: 67,
  });
  return {
    ...base,
    errors: { connection_refused: 212 },
    answers: {
      ...base.answers,
      accepted: 5_781,
      refused: 212,
      unanswered: 7,
      failed: 219,
      failedShare: 219 / 6_000,
    },
    outage: { clientsMs: 2_180, failedRequests: 219, downMs: 500, rateBackMs: 300, p50BackMs: 350 },
    audit: {
      ...base.audit,
      accepted: 5_781,
      rejected: 212,
      unknown: 7,
      runs: 5_785,
      finished: 5_785,
      effects: 5_796,
      effectRepeats: 11,
    },
    series: base.series.map((point) =>
      point.second >= 30 && point.second < 32
        ? { ...point, acked: 0, errors: 100, ackMsP50: null, ackMsP99: null, meshhookCpuShare: 0.02 }
        : point,
    ),
    thresholds: [
      {
        expression: "answers.unexpected == 0",
        actual: 0,
        holds: true,
        kind: "gate",
        reason: "every webhook of a nominal rate is accepted",
      },
      {
        expression: "audit.effectsMissing <= 0",
        actual: 0,
        holds: true,
        kind: "gate",
        reason: "every accepted run reaches its effect",
      },
    ],
    notes: [
      "One process was ended with SIGKILL at second 30 and started again at once; 11 effects were repeated with the same idempotency key, as at-least-once allows.",
    ],
  };
}
