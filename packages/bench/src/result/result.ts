/**
 * The result of one benchmark run: what `result.json` holds and every report is drawn from. The published JSON Schema
 * (`result.schema.json`) is checked against this in both directions.
 *
 * Units are in the names. Times of day are Unix milliseconds. A percentile that its sample count does not carry is null.
 */
export interface BenchResult {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly suite: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  /** The exact command, the commit (null outside a checkout) and the seed: enough to repeat it. */
  readonly command: string;
  readonly commit: { readonly revision: string; readonly isDirty: boolean } | null;
  readonly seed: number;
  readonly environment: Environment;
  readonly calibration: Calibration;
  readonly roofs: Roofs;
  readonly scenarios: readonly ScenarioResult[];
  readonly findings: readonly Finding[];
  readonly verdict: ScenarioVerdict | "interrupted";
  /** Departures from the plan: what was skipped, shortened, or could not be measured here, and why. */
  readonly deviations: readonly string[];
}

export interface Environment {
  readonly host: {
    readonly os: string;
    readonly kernel: string;
    readonly cpuModel: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly isVirtual: boolean | null;
  };
  readonly node: string;
  readonly meshhook: string;
  readonly postgres: { readonly version: string; readonly settings: { readonly [name: string]: string } };
  /** Durability as it was while measuring; a result with either off is labelled in every report. */
  readonly fsync: boolean;
  readonly synchronousCommit: string;
  /** Disk probe: one 8 kB write + fdatasync. */
  readonly fdatasyncUsP50: number | null;
  /** sha256 over what makes two results comparable. */
  readonly fingerprint: string;
}

/** What the generator can do against a target that does nothing, on this machine, before the suite. */
export interface Calibration {
  readonly ceilingPerSecond: number;
  readonly cpuUsPerRequest: number;
  readonly latenessMsP99: number;
}

/** What this machine can do at most for each thing a run needs. */
export interface Roofs {
  readonly copyRowsPerSecond: number;
  readonly commitsPerSecond: number;
  readonly rawHttpPerSecond: number;
}

/**
 * What a scenario's figures allow to say.
 *
 * - `passed`: the audit is clean, every limit holds, and no request failed that the scenario does not allow.
 * - `failed`: something is wrong with what was measured, and the machine is not the reason.
 * - `inconclusive`: it did not pass, and the figures cannot tell MeshHook's part from the machine's. Measure again.
 * - `void`: the figures do not answer the question at all: clocks that disagree, or a database that was not durable.
 */
export type ScenarioVerdict = "passed" | "failed" | "inconclusive" | "void";

/** One reason for a verdict that is not `passed`. */
export interface VerdictReason {
  readonly verdict: Exclude<ScenarioVerdict, "passed">;
  /** What is the case, with its figures. */
  readonly text: string;
  /** What to do next. */
  readonly next: string;
}

export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  /** The question in one sentence. */
  readonly question: string;
  readonly group: "webhook" | "dag" | "logs" | "fault";
  readonly load: LoadDescription;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly status: ScenarioVerdict;
  /** Empty when the scenario passed. */
  readonly reasons: readonly VerdictReason[];
  /** Null when the audit is not clean: a run that lost work has no throughput. */
  readonly throughput: Throughput | null;
  readonly latency: { readonly [name: string]: LatencySummary };
  readonly phases: readonly Phase[];
  readonly errors: { readonly [kind: string]: number };
  /** What became of every request that was due, warm-up included. */
  readonly answers: Answers;
  /** What clients saw of a fault; null without one. */
  readonly outage: Outage | null;
  readonly episodes: Episodes;
  /** What shows that others used the machine, or that it was slower than where the limits were set; empty when nothing does. */
  readonly disturbances: readonly Disturbance[];
  /** How far the clocks of the processes that took part are apart. */
  readonly clocks: readonly ClockCheck[];
  readonly connections: Connections;
  /** Of MeshHook's processes over the measured time; null with too few samples. */
  readonly memoryGrowthBytesPerSecond: number | null;
  readonly audit: Audit;
  readonly work: WorkPerRun | null;
  readonly resources: readonly ProcessResources[];
  readonly host: HostResources;
  readonly database: DatabaseActivity | null;
  /** Share of each roof that was reached; only for saturation scenarios. */
  readonly roofShare: { readonly [roof: string]: number } | null;
  readonly thresholds: readonly ThresholdResult[];
  /** Whether the generator could back these figures: not late, not out of CPU, nothing unsent. */
  readonly generator: {
    readonly isBacked: boolean;
    readonly reasons: readonly string[];
    readonly latenessMsP99: number;
    readonly cpuShare: number;
    readonly unsent: number;
  };
  /** One row per second; file names of the full series are in `artifacts`. */
  readonly series: readonly SeriesPoint[];
  readonly notes: readonly string[];
  readonly artifacts: readonly string[];
}

export interface LoadDescription {
  readonly model: "open" | "closed";
  readonly ratePerSecond: number | null;
  readonly inFlightMax: number;
  readonly senders: number;
  readonly durationMs: number;
  readonly warmupMs: number;
  readonly payload: string;
  readonly subscribers: number;
}

export interface Throughput {
  readonly ackedPerSecond: number;
  readonly completedPerSecond: number;
  readonly sent: number;
  readonly acked: number;
  readonly completed: number;
}

/** Every request that was due is in exactly one of these. */
export interface Answers {
  readonly due: number;
  /** 2xx. */
  readonly accepted: number;
  /** 503: refused because of overload, and nothing was stored. */
  readonly shed: number;
  /** Any other status. */
  readonly rejected: number;
  /** No answer in time, a broken connection, or an answer that is not HTTP. */
  readonly unanswered: number;
  /** No connection could be made. */
  readonly refused: number;
  /** Due and never sent. */
  readonly unsent: number;
  /** All that were not accepted. */
  readonly failed: number;
  readonly failedShare: number;
  /** Those that the scenario does not allow: all of them, but for 503 under overload and for what fails while a fault lasts. */
  readonly unexpected: number;
}

/** From the kill to the last request that failed because of it. */
export interface Outage {
  readonly clientsMs: number;
  readonly failedRequests: number;
  /** From the kill to the start of the new process: the scenario's own part of the outage. */
  readonly downMs: number;
}

/** Slow requests that belong together: one stall, however many requests it held up, is one event. */
export interface Episodes {
  /** Which latency was looked at. */
  readonly of: "ack" | "lag";
  /** A request above this is slow, milliseconds. */
  readonly slowAboveMs: number;
  readonly slow: number;
  readonly count: number;
  /** Requests that took more than a second although most of what was due meanwhile was in time: they alone were held back. */
  readonly heldAlone: number;
  /** 99th percentile without the requests of the largest episode; null when the rest does not carry it. */
  readonly p99MsWithoutLargest: number | null;
  /** The longest, at most 20, in the order of time. */
  readonly longest: readonly Episode[];
  /** Set where episodes of about the same length come back after the same time. */
  readonly period: {
    readonly everyMs: number;
    readonly lengthMs: number;
    readonly times: number;
    /** Of the time. */
    readonly share: number;
  } | null;
}

export interface Episode {
  /** Milliseconds since the first request. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly slow: number;
  /** Requests that were due meanwhile; a stall of the machine holds up nearly all of them. */
  readonly due: number;
  readonly maxMs: number | null;
  /** `outside`: the machine's own timer or disk stood still as well. `inside`: they did not. `unknown`: nobody watched them. */
  readonly origin: "inside" | "outside" | "unknown";
}

export interface Disturbance {
  readonly metric: string;
  readonly value: number;
  readonly limit: number;
  /** In words. */
  readonly text: string;
}

/** One clock against the benchmark's, by the quickest of several exchanges. */
export interface ClockCheck {
  readonly of: string;
  /** Positive: the other clock is ahead. The larger of the figures before and after the load. */
  readonly offsetUs: number;
  /** Half of the exchange that it was read in. */
  readonly uncertaintyUs: number;
}

/** Connections beyond those that were open at the same time were opened because earlier ones had been closed. */
export interface Connections {
  /** By the generator; null where it was not counted. */
  readonly reopened: number | null;
  /** By MeshHook to the target of its calls; null without one. */
  readonly reopenedToTarget: number | null;
}

/**
 * Milliseconds. `ack` and `done` count from the intended send; `service` from the actual one; `lag` from the intended send to the last
 * line at a viewer.
 *
 * What never came ranks behind everything that did: a percentile whose rank lies among the failures is null ("no answer"), and with
 * any failure there is neither a mean nor a maximum.
 */
export interface LatencySummary {
  /** Samples that have a value. */
  readonly count: number;
  /** Samples that have none: not accepted, not answered, not ended. */
  readonly failed: number;
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly p999Ms: number | null;
  readonly maxMs: number | null;
  /** HdrHistogram, compressed, base64; microseconds. Mergeable. */
  readonly histogram: string;
}

/** One stretch of a run's life, on one clock. The phases of a scenario add up to its end-to-end time. */
export interface Phase {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly p50Ms: number;
  readonly p99Ms: number | null;
  readonly meanMs: number;
  /** Of the mean end-to-end time; the last phase is the unexplained rest. */
  readonly share: number;
}

/** The sender's ledger joined with the journal and the side-effect sink, in the same run. */
export interface Audit {
  readonly isClean: boolean;
  readonly sent: number;
  readonly accepted: number;
  readonly rejected: number;
  /** No answer: may or may not have happened. */
  readonly unknown: number;
  readonly runs: number;
  readonly finished: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  readonly stuck: number;
  /** Runs without a request. */
  readonly phantom: number;
  /** Effects at the sink: calls with the same idempotency key beyond the first are repeats (allowed only under faults). */
  readonly effects: number;
  readonly effectRepeats: number;
  readonly effectsMissing: number;
  /** Calls for no run of the scenario, or beyond those that a run makes. */
  readonly effectsUnexpected: number;
  /** Calls whose body is not what the run's payload leads to. */
  readonly effectsWrong: number;
  /** Answers that left before their commit, and calls that left before the commit they depend on. */
  readonly beforeCommit: number;
  /** Runs whose result was read over the API and compared with what their payload leads to. */
  readonly resultsChecked: number;
  readonly resultsWrong: number;
  readonly details: readonly string[];
}

export interface WorkPerRun {
  readonly statements: number | null;
  readonly statementsPerCommit: number | null;
  readonly commits: number;
  readonly journalRows: number;
  /** Rows that PostgreSQL counted as inserted into the journal, beyond those that are there; null where it had not counted all yet. */
  readonly journalRowsUndone: number | null;
  readonly hotUpdates: number;
  readonly hotDeletes: number;
  readonly walBytes: number;
  readonly meshhookCpuMs: number;
  readonly postgresCpuMs: number;
}

export interface ProcessResources {
  readonly name: string;
  readonly cpuSeconds: number;
  readonly cpuShareMax: number;
  readonly rssBytesMax: number;
}

export interface HostResources {
  readonly cpuBusyShare: number;
  readonly stealShare: number;
  readonly loadAverage1: number;
  readonly cpuPressureShare: number | null;
  readonly ioPressureShare: number | null;
}

export interface DatabaseActivity {
  readonly commits: number;
  readonly rollbacks: number;
  readonly walBytes: number;
  readonly walRecords: number;
  readonly walFullPageImages: number;
  /** Flushes of the write-ahead log by MeshHook's own backends; null where the server does not count them (before 18). */
  readonly walFlushes: number | null;
  readonly checkpoints: number;
  readonly tables: readonly {
    readonly name: string;
    readonly inserts: number;
    readonly updates: number;
    readonly deletes: number;
    readonly deadTuples: number;
    readonly bytes: number;
  }[];
  readonly statements: readonly {
    readonly query: string;
    readonly calls: number;
    readonly totalMs: number;
    readonly rows: number;
    readonly walBytes: number;
  }[];
  /** Samples of what backends waited for; `CPU` is running. */
  readonly waits: readonly { readonly event: string; readonly samples: number }[];
  readonly connectionsMax: number;
}

export interface ThresholdResult {
  /** As in `latency.ack.p99Ms <= 12`. */
  readonly expression: string;
  readonly actual: number | null;
  readonly holds: boolean;
  /**
   * `gate`: does not depend on the machine's speed, so a miss is a failure. `limit`: does, so a miss on a disturbed machine says
   * nothing. `precondition`: without it the scenario has not tried what it asks.
   */
  readonly kind: "gate" | "limit" | "precondition";
  /** Why this limit, in a few words. */
  readonly reason: string;
}

export interface SeriesPoint {
  readonly second: number;
  readonly sent: number;
  readonly acked: number;
  readonly errors: number;
  readonly ackMsP50: number | null;
  readonly ackMsP99: number | null;
  readonly meshhookCpuShare: number | null;
  readonly postgresCpuShare: number | null;
  /** Resident set of MeshHook's processes; absent or null when not sampled. Growth over the run is judged from it. */
  readonly meshhookRssBytes?: number | null;
}

export interface Finding {
  readonly id: string;
  readonly rule: string;
  readonly severity: "info" | "warning" | "critical";
  readonly title: string;
  /** What was seen: every row names the scenario, the metric and its value. */
  readonly evidence: readonly {
    readonly scenario: string;
    readonly metric: string;
    readonly value: number | string;
    readonly limit?: number | string;
  }[];
  readonly cause: string;
  readonly recommendation: {
    readonly area: "code" | "architecture" | "infrastructure";
    readonly change: string;
    readonly expectedEffect: string;
    readonly effort: "small" | "medium" | "large";
    readonly risk: "low" | "medium" | "high";
    /** Larger first; how it came about is in `rankReason`. */
    readonly rank: number;
    readonly rankReason: string;
    /** The one knob that would test it, as a command; null where it is not a knob. */
    readonly experiment: string | null;
  };
}
