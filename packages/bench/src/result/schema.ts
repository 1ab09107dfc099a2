import type {
  Answers,
  Audit,
  BenchResult,
  Calibration,
  ClockCheck,
  Connections,
  DatabaseActivity,
  Disturbance,
  Environment,
  Episode,
  Episodes,
  Finding,
  HostResources,
  LatencySummary,
  LoadDescription,
  Outage,
  Phase,
  ProcessResources,
  Roofs,
  ScenarioResult,
  SeriesPoint,
  ThresholdResult,
  Throughput,
  VerdictReason,
  WorkPerRun,
} from "./result.ts";
import {
  amount,
  choice,
  constant,
  count,
  flag,
  list,
  nullable,
  number,
  numberOrText,
  object,
  optional,
  record,
  text,
} from "./schema-builder.ts";
import type { JsonSchema, Schema } from "./schema-builder.ts";

const environment = object<Environment>("Where the benchmark ran, as far as it matters for comparing results.", {
  host: object<Environment["host"]>("The machine.", {
    os: text("Operating system and its version."),
    kernel: text("Kernel release."),
    cpuModel: text("Model name of the first processor."),
    cores: count("Logical processors that the benchmark may use."),
    memoryBytes: count("Memory, bytes."),
    isVirtual: nullable(flag("Whether it is a virtual machine; null when unknown.")),
  }),
  node: text("Node.js version."),
  meshhook: text("MeshHook version."),
  postgres: object<Environment["postgres"]>("The database server.", {
    version: text("PostgreSQL version."),
    settings: record(
      "Settings that differ from their default or affect speed or durability.",
      text("The value as `SHOW` prints it."),
    ),
  }),
  fsync: flag("PostgreSQL's `fsync` while measuring; every report labels a result where it was off."),
  synchronousCommit: text(
    "PostgreSQL's `synchronous_commit` while measuring; every report labels a result where it was `off`.",
  ),
  fdatasyncUsP50: nullable(
    amount("Disk probe: median of one 8 kB write with fdatasync, microseconds; null when it could not be measured."),
  ),
  fingerprint: text("SHA-256 over everything that must be equal for two results to be comparable."),
});

const calibration = object<Calibration>(
  "What the load generator can do on this machine against a target that does nothing, measured before the suite.",
  {
    ceilingPerSecond: amount("Maximum requests per second."),
    cpuUsPerRequest: amount("Its own CPU time per request, microseconds."),
    latenessMsP99: amount("99th percentile of actual minus intended send time, milliseconds."),
  },
);

const roofs = object<Roofs>("The most that this machine can do of each thing a run needs.", {
  copyRowsPerSecond: amount("Rows per second by COPY into a table shaped like the journal."),
  commitsPerSecond: amount("Single-row insert transactions per second."),
  rawHttpPerSecond: amount("Requests per second that a bare HTTP server in the same runtime answers."),
});

const load = object<LoadDescription>("How the load was generated.", {
  model: choice(
    "`open`: requests are due at times that do not depend on answers. `closed`: the next request waits for an answer.",
    ["open", "closed"],
  ),
  ratePerSecond: nullable(amount("Arrival rate, requests per second; null in a closed model.")),
  inFlightMax: count("Maximum number of requests without an answer."),
  senders: count("Senders of a closed model, each waiting for its answer; 0 in an open model."),
  durationMs: amount("Measured time, milliseconds."),
  warmupMs: amount("Time before the measured time, milliseconds; not part of any figure."),
  payload: text("Name of the payload."),
  subscribers: count("Clients that follow the live log."),
});

const throughput = object<Throughput>("Work done per second of measured time.", {
  ackedPerSecond: amount("Deliveries answered 2xx per second."),
  completedPerSecond: amount("Runs that ended per second."),
  sent: count("Requests sent."),
  acked: count("Requests answered 2xx."),
  completed: count("Runs that ended."),
});

const latency = object<LatencySummary>(
  "One latency distribution. A percentile is null when there are too few samples for it (fewer than 10 beyond it), or when it falls among the failures: a sample without a value ranks behind every sample with one.",
  {
    count: count("Samples that have a value."),
    failed: count("Samples without a value: not accepted, not answered or not ended."),
    meanMs: nullable(amount("Arithmetic mean, milliseconds; null with any failure.")),
    p50Ms: nullable(amount("Median, milliseconds.")),
    p90Ms: nullable(amount("90th percentile, milliseconds.")),
    p95Ms: nullable(amount("95th percentile, milliseconds.")),
    p99Ms: nullable(amount("99th percentile, milliseconds.")),
    p999Ms: nullable(amount("99.9th percentile, milliseconds.")),
    maxMs: nullable(amount("Largest sample, milliseconds; null with any failure.")),
    histogram: text("HdrHistogram V2, compressed, base64; values in microseconds. Mergeable with others."),
  },
);

const phase = object<Phase>("One part of a run's life, on one clock.", {
  name: text("What happens in it."),
  from: text("The moment it starts."),
  to: text("The moment it ends."),
  p50Ms: number("Median, milliseconds; the unexplained rest may be below zero."),
  p99Ms: nullable(number("99th percentile, milliseconds; null when there are too few samples.")),
  meanMs: number("Mean, milliseconds; the means of all phases add up to the mean end-to-end time."),
  share: number("Part of the mean end-to-end time; the shares add up to 1."),
});

const audit = object<Audit>("The sender's ledger joined with the journal and the side-effect sink, in the same run.", {
  isClean: flag("Nothing lost, duplicated, out of order, stuck or phantom beyond what the scenario allows."),
  sent: count("Requests sent."),
  accepted: count("Requests answered 2xx."),
  rejected: count("Requests answered otherwise."),
  unknown: count("Requests without an answer: they may or may not have been stored."),
  runs: count("Runs in the journal."),
  finished: count("Runs that ended."),
  lost: count("Accepted requests without a run."),
  duplicated: count("Requests with more than one run."),
  outOfOrder: count("Segments or log lines out of order."),
  stuck: count("Runs that did not end in time."),
  phantom: count("Runs without a request."),
  effects: count("Calls that arrived at the sink."),
  effectRepeats: count("Calls beyond the first with the same idempotency key; allowed only under faults."),
  effectsMissing: count("Calls that should have arrived and did not."),
  effectsUnexpected: count("Calls that do not belong to a run of the scenario, or that exceed those a run makes."),
  effectsWrong: count("Calls whose body is not what the run's payload leads to."),
  beforeCommit: count("Answers that left before their commit, and calls that left before the commit they depend on."),
  resultsChecked: count("Runs whose result was read over the API and compared with what their payload leads to."),
  resultsWrong: count("Runs that ended with another result."),
  details: list("What was found, in words.", text("One finding of the audit.")),
});

const work = object<WorkPerRun>(
  "What one completed run cost. These figures vary little, so they serve as gates in continuous integration.",
  {
    statements: nullable(amount("SQL statements per run; null without `pg_stat_statements`.")),
    statementsPerCommit: nullable(amount("SQL statements per transaction; does not depend on how runs are batched.")),
    commits: amount("Transactions committed per run."),
    journalRows: amount("Rows inserted into the journal per run."),
    journalRowsUndone: nullable(
      number("Rows counted as inserted into the journal minus the rows in it; null when not all were counted yet."),
    ),
    hotUpdates: amount("Rows updated in hot tables per run."),
    hotDeletes: amount("Rows deleted from hot tables per run."),
    walBytes: amount("Write-ahead log per run, bytes."),
    meshhookCpuMs: amount("CPU time of MeshHook's processes per run, milliseconds."),
    postgresCpuMs: amount("CPU time of PostgreSQL's processes per run, milliseconds."),
  },
);

const resources = object<ProcessResources>("One process, or one group of processes, over the measured time.", {
  name: text("`meshhook`, `postgres`, `generator` or another process that took part."),
  cpuSeconds: amount("CPU time, seconds."),
  cpuShareMax: amount("Largest CPU share in one second; 1 is one core."),
  rssBytesMax: count("Largest resident set, bytes."),
});

const host = object<HostResources>("The machine over the measured time.", {
  cpuBusyShare: amount("Busy part of all cores, 0 to 1."),
  stealShare: amount("Part that the hypervisor gave to others, 0 to 1."),
  loadAverage1: amount("Load average over one minute, at the end."),
  cpuPressureShare: nullable(
    amount("Part of the time in which some task waited for CPU (Linux PSI), 0 to 1; null where unknown."),
  ),
  ioPressureShare: nullable(
    amount("Part of the time in which some task waited for disk (Linux PSI), 0 to 1; null where unknown."),
  ),
});

type TableActivity = DatabaseActivity["tables"][number];
type StatementActivity = DatabaseActivity["statements"][number];
type WaitActivity = DatabaseActivity["waits"][number];

const database = object<DatabaseActivity>("PostgreSQL's own statistics, as differences over the measured time.", {
  commits: count("Transactions committed."),
  rollbacks: count("Transactions rolled back."),
  walBytes: count("Write-ahead log, bytes."),
  walRecords: count("Write-ahead log records."),
  walFullPageImages: count("Full-page images among them: the first change to a page after a checkpoint."),
  walFlushes: nullable(
    count("Flushes of the write-ahead log by MeshHook's own backends; null where the server does not count them."),
  ),
  checkpoints: count("Checkpoints, timed and requested."),
  tables: list(
    "Changes per table.",
    object<TableActivity>("One table.", {
      name: text("Its name."),
      inserts: count("Rows inserted."),
      updates: count("Rows updated."),
      deletes: count("Rows deleted."),
      deadTuples: count("Dead rows at the end."),
      bytes: count("Size with indexes and toast at the end, bytes."),
    }),
  ),
  statements: list(
    "Statements by total time, from `pg_stat_statements`.",
    object<StatementActivity>("One normalised statement.", {
      query: text("Its text, constants replaced."),
      calls: count("Executions."),
      totalMs: amount("Time in all executions, milliseconds."),
      rows: count("Rows returned or affected."),
      walBytes: count("Write-ahead log it generated, bytes."),
    }),
  ),
  waits: list(
    "What backends were doing when sampled.",
    object<WaitActivity>("One wait event.", {
      event: text("`type:event`, such as `LWLock:WALWrite`; `CPU` means running."),
      samples: count("Samples that found a backend there."),
    }),
  ),
  connectionsMax: count("Most connections at once."),
});

const threshold = object<ThresholdResult>("One limit of the scenario and what was measured.", {
  expression: text("Such as `latency.ack.p99Ms <= 12`."),
  actual: nullable(number("Measured value; null when it was not measured, and then the limit does not hold.")),
  holds: flag("Whether the limit holds."),
  kind: choice(
    "`gate`: does not depend on the machine's speed. `limit`: depends on it. `precondition`: if missed, nothing was tested.",
    ["gate", "limit", "precondition"],
  ),
  reason: text("Why this limit, in a few words."),
});

const point = object<SeriesPoint>("One second.", {
  second: count("Seconds since the first request; the warm-up is included."),
  sent: count("Requests sent."),
  acked: count("Requests answered 2xx."),
  errors: count("Requests that failed."),
  ackMsP50: nullable(amount("Median time to the answer, milliseconds; null without answers.")),
  ackMsP99: nullable(amount("99th percentile of it, milliseconds; indicative, because one second holds few samples.")),
  meshhookCpuShare: nullable(amount("CPU of MeshHook's processes; 1 is one core.")),
  postgresCpuShare: nullable(amount("CPU of PostgreSQL's processes; 1 is one core.")),
  meshhookRssBytes: optional(
    nullable(count("Resident set of MeshHook's processes, bytes; absent or null when not sampled.")),
  ),
});

const generator = object<ScenarioResult["generator"]>(
  "Whether the load generator kept up, so that the figures can be trusted.",
  {
    isBacked: flag("Not late, not out of CPU, nothing unsent."),
    reasons: list("Why not; empty when backed.", text("One reason.")),
    latenessMsP99: amount("99th percentile of actual minus intended send time, milliseconds."),
    cpuShare: amount("Its own CPU; 1 is one core."),
    unsent: count("Requests that were due and never sent."),
  },
);

const reason = object<VerdictReason>("One reason for a verdict that is not `passed`.", {
  verdict: choice("The verdict it leads to.", ["failed", "inconclusive", "void"]),
  text: text("What is wrong, with figures."),
  next: text("What to do next."),
});

const answers = object<Answers>("What became of every request that was due, warm-up included.", {
  due: count("Requests that were due; each is in exactly one of the next six counts."),
  accepted: count("Answered 2xx."),
  shed: count("Answered 503: refused because of overload, and nothing was stored."),
  rejected: count("Answered with any other status."),
  unanswered: count("No answer in time, a broken connection, or an answer that is not HTTP."),
  refused: count("No connection could be made."),
  unsent: count("Due and never sent."),
  failed: count("All that were not accepted."),
  failedShare: amount("Share of the requests that were due, 0 to 1."),
  unexpected: count(
    "Failures that the scenario does not allow. It allows 503 under overload, and failures during a fault.",
  ),
});

const outage = object<Outage>("What clients saw of a fault.", {
  clientsMs: amount("From the kill to the last request that failed because of it, milliseconds."),
  failedRequests: count("Requests that failed in this time."),
  downMs: amount("From the kill to the start of the new process, which the scenario decides, milliseconds."),
});

const episode = object<Episode>("Slow requests that belong together.", {
  fromMs: amount("Milliseconds since the first request."),
  untilMs: amount("Milliseconds since the first request."),
  slow: count("Slow requests."),
  due: count("Requests that were due in this time; a stall of the machine delays nearly all of them."),
  maxMs: nullable(amount("The slowest, milliseconds; null when one had no answer.")),
  origin: choice("`outside`: the machine's own timer or disk stalled too. `inside`: they did not.", [
    "inside",
    "outside",
    "unknown",
  ]),
});

const episodes = object<Episodes>(
  "Slow requests, grouped: one stall is one event, no matter how many requests it delayed.",
  {
    of: choice("Which latency was examined.", ["ack", "lag"]),
    slowAboveMs: amount("A request above this is slow, milliseconds."),
    slow: count("Slow requests."),
    count: count("Episodes."),
    heldAlone: count("Requests that took more than a second although most requests due in the same time were fast."),
    p99MsWithoutLargest: nullable(
      amount(
        "99th percentile without the requests of the largest episode, milliseconds; null when the rest has too few samples.",
      ),
    ),
    longest: list("The longest, at most 20, in the order of time.", episode),
    period: nullable(
      object<NonNullable<Episodes["period"]>>("Episodes of about the same length that repeat at a regular interval.", {
        everyMs: amount("From one to the next, milliseconds."),
        lengthMs: amount("Median length, milliseconds."),
        times: count("How often."),
        share: amount("Of the time, 0 to 1."),
      }),
    ),
  },
);

const disturbance = object<Disturbance>("A sign that others used the machine, or that it was slow.", {
  metric: text("What was measured."),
  value: number("Its value."),
  limit: number("Beyond this it counts as a disturbance."),
  text: text("In words."),
});

const clock = object<ClockCheck>("One clock compared with the benchmark's, using the fastest of several exchanges.", {
  of: text("Whose clock."),
  offsetUs: number("Positive: the other clock is ahead, microseconds."),
  uncertaintyUs: amount("Half the duration of the exchange that read it, microseconds."),
});

const connections = object<Connections>("Connections that were opened because earlier ones had been closed.", {
  reopened: nullable(count("By the generator; null when not counted.")),
  reopenedToTarget: nullable(count("By MeshHook to the target of its calls; null without one.")),
});

const scenario = object<ScenarioResult>(
  "One scenario: a question, a load and the results.",
  {
    name: text("Stable name, such as `webhook-ack-nominal`."),
    title: text("Name for people."),
    question: text("The question in one sentence."),
    group: choice("What it is about.", ["webhook", "dag", "logs", "fault"]),
    load,
    startedAtMs: amount("Start, Unix milliseconds."),
    durationMs: amount(
      "From the start of the scenario to its figures, milliseconds; `load.durationMs` is the measured time.",
    ),
    status: choice(
      "`passed`: the audit is clean, every threshold holds, and no request failed unless the scenario allows it. `failed`: something is wrong that the machine does not explain. `inconclusive`: it did not pass, and the figures cannot separate MeshHook from the machine. `void`: the figures are not valid.",
      ["passed", "failed", "inconclusive", "void"],
    ),
    reasons: list("Why it did not pass; empty when it did.", reason),
    throughput: nullable(throughput),
    latency: record(
      "Distributions by name. `ack`, `done` and `lag` count from the intended send, `service` from the actual one, `recovery` from the start of the new process.",
      latency,
    ),
    phases: list("Where the time of a run goes, in order; additive.", phase),
    errors: record("Failures by kind.", count("How many.")),
    answers,
    outage: nullable(outage),
    episodes,
    disturbances: list("Signs that others used the machine, or that it was slow.", disturbance),
    clocks: list("Differences between the clocks of the processes that took part.", clock),
    connections,
    memoryGrowthBytesPerSecond: nullable(
      number("Of MeshHook's processes over the measured time; null with too few samples."),
    ),
    audit,
    work: nullable(work),
    resources: list("Processes that took part.", resources),
    host,
    database: nullable(database),
    roofShare: nullable(
      record("Share of each roof that was reached; only for saturation scenarios.", amount("0 to 1.")),
    ),
    thresholds: list("Limits and whether they hold.", threshold),
    generator,
    series: list("One row per second, from the first request of the warm-up on.", point),
    notes: list("What a reader should know about this scenario's figures.", text("One note.")),
    artifacts: list("Files of the full series, relative to the result.", text("One file name.")),
  },
  {
    anyOf: [
      { type: "object", properties: { audit: { type: "object", properties: { isClean: { const: true } } } } },
      {
        type: "object",
        description: "A run that lost work has no throughput.",
        properties: { throughput: { type: "null" }, status: { const: "failed" } },
      },
    ],
  },
);

type Evidence = Finding["evidence"][number];

const finding = object<Finding>("Something a rule found in the data.", {
  id: text("Stable within a result; what `retest` takes."),
  rule: text("The rule that found it."),
  severity: choice("`critical`: the figures or the data cannot be trusted, or work was lost.", [
    "info",
    "warning",
    "critical",
  ]),
  title: text("The finding in one line."),
  evidence: list(
    "Figures that support the finding.",
    object<Evidence>("One figure.", {
      scenario: text("Scenario it comes from; `suite` for the environment."),
      metric: text("Its name."),
      value: numberOrText("Its value."),
      limit: optional(numberOrText("The value that the rule compares with.")),
    }),
  ),
  cause: text("Why it happens."),
  recommendation: object<Finding["recommendation"]>("What to do about it.", {
    area: choice("Where the change is made.", ["code", "architecture", "infrastructure"]),
    change: text("What to change."),
    expectedEffect: text("On speed and on resources."),
    effort: choice("How much work.", ["small", "medium", "large"]),
    risk: choice("How much can go wrong.", ["low", "medium", "high"]),
    rank: amount("Larger first."),
    rankReason: text("How the rank was determined."),
    experiment: nullable(
      text("A command that tests the recommendation by changing one setting; null when no setting does."),
    ),
  }),
});

const result: Schema<BenchResult> = object<BenchResult>(
  "The result of one benchmark run. Units are in the names; times of day are Unix milliseconds.",
  {
    schemaVersion: constant("Version of this schema.", 1),
    id: text("Identifies the run."),
    suite: text("Named set of scenarios."),
    startedAtMs: amount("Start, Unix milliseconds."),
    finishedAtMs: amount("End, Unix milliseconds."),
    command: text("The exact command."),
    commit: nullable(
      object<NonNullable<BenchResult["commit"]>>("The checkout that ran; null outside one.", {
        revision: text("Revision."),
        isDirty: flag("Whether files differed from it."),
      }),
    ),
    seed: count("Seeds everything random."),
    environment,
    calibration,
    roofs,
    scenarios: list("In the order they ran.", scenario),
    findings: list("Ranked, largest expected effect first.", finding),
    verdict: choice(
      "The worst of the scenarios: `failed`, then `void`, then `inconclusive`; `interrupted` when it was stopped early and contains what was measured so far.",
      ["passed", "failed", "inconclusive", "void", "interrupted"],
    ),
    deviations: list("Departures from the plan, and why.", text("One departure.")),
  },
);

/** The JSON Schema (2020-12) of `result.json`; `result.schema.json` is its published form. */
export const benchResultSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://meshhook.dev/schema/bench-result-1.json",
  title: "MeshHook benchmark result",
  ...result.json,
};
