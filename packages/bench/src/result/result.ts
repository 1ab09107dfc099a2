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
  readonly verdict: "passed" | "failed" | "interrupted";
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

export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  /** The question in one sentence. */
  readonly question: string;
  readonly group: "webhook" | "dag" | "logs" | "fault";
  readonly load: LoadDescription;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly status: "passed" | "failed";
  /** Null when the audit is not clean: a run that lost work has no throughput. */
  readonly throughput: Throughput | null;
  readonly latency: { readonly [name: string]: LatencySummary };
  readonly phases: readonly Phase[];
  readonly errors: { readonly [kind: string]: number };
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

/** Milliseconds. `ack` and `done` count from the intended send; `service` from the actual one. */
export interface LatencySummary {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly p999Ms: number | null;
  readonly maxMs: number;
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
  readonly details: readonly string[];
}

export interface WorkPerRun {
  readonly statements: number | null;
  readonly commits: number;
  readonly journalRows: number;
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
