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

const environment = object<Environment>("Where it ran, as far as it matters for comparing two results.", {
  host: object<Environment["host"]>("The machine.", {
    os: text("Operating system and its version."),
    kernel: text("Kernel release."),
    cpuModel: text("Model name of the first processor."),
    cores: count("Logical processors that the benchmark may use."),
    memoryBytes: count("Memory, bytes."),
    isVirtual: nullable(flag("Whether it is a virtual machine; null when that could not be found out.")),
  }),
  node: text("Node.js version."),
  meshhook: text("MeshHook version."),
  postgres: object<Environment["postgres"]>("The database server.", {
    version: text("PostgreSQL version."),
    settings: record(
      "Settings that differ from their default, or that bear on speed or durability.",
      text("The value as `SHOW` prints it."),
    ),
  }),
  fsync: flag("PostgreSQL's `fsync` while measuring; every report labels a result where it was off."),
  synchronousCommit: text(
    "PostgreSQL's `synchronous_commit` while measuring; every report labels a result where it was `off`.",
  ),
  fdatasyncUsP50: nullable(
    amount("Disk probe: median of one 8 kB write with fdatasync, microseconds; null when it could not be taken."),
  ),
  fingerprint: text("SHA-256 over what makes two results comparable."),
});

const calibration = object<Calibration>(
  "What the generator can do against a target that does nothing, on this machine, before the suite.",
  {
    ceilingPerSecond: amount("Requests per second it reaches at most."),
    cpuUsPerRequest: amount("Its own CPU time per request, microseconds."),
    latenessMsP99: amount("99th percentile of actual minus intended send time, milliseconds."),
  },
);

const roofs = object<Roofs>("What this machine can do at most for each thing a run needs.", {
  copyRowsPerSecond: amount("Rows per second by COPY into a table shaped like the journal."),
  commitsPerSecond: amount("Single-row insert transactions per second."),
  rawHttpPerSecond: amount("Requests per second that a bare HTTP server in the same runtime answers."),
});

const load = object<LoadDescription>("How work was offered.", {
  model: choice(
    "`open`: requests are due at times that do not depend on answers. `closed`: the next request waits for an answer.",
    ["open", "closed"],
  ),
  ratePerSecond: nullable(amount("Arrival rate, requests per second; null in a closed model.")),
  inFlightMax: count("Cap on requests without an answer."),
  senders: count("Senders of a closed model, each waiting for its answer; 0 in an open model."),
  durationMs: amount("Measured time, milliseconds."),
  warmupMs: amount("Time before that, not in any figure, milliseconds."),
  payload: text("What the bodies are."),
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
  "One latency distribution. A percentile is null when the count does not carry it (fewer than 10 samples beyond it), or when its rank lies among the failures: what never came ranks behind everything that did.",
  {
    count: count("Samples that have a value."),
    failed: count("Samples that have none: not accepted, not answered, not ended."),
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

const phase = object<Phase>("One stretch of a run's life, on one clock.", {
  name: text("What happens in it."),
  from: text("The moment it starts."),
  to: text("The moment it ends."),
  p50Ms: number("Median, milliseconds; the unexplained rest may be below zero."),
  p99Ms: nullable(number("99th percentile, milliseconds; null when the count does not carry it.")),
  meanMs: number("Mean, milliseconds; the means of all phases add up to the mean end-to-end time."),
  share: number("Part of the mean end-to-end time; the shares add up to 1."),
});

const audit = object<Audit>("The sender's ledger joined with the journal and the side-effect sink, in the same run.", {
  isClean: flag("Nothing lost, duplicated, out of order, stuck or phantom beyond what the scenario allows."),
  sent: count("Requests sent."),
  accepted: count("Requests answered 2xx."),
  rejected: count("Requests answered otherwise."),
  unknown: count("Requests without an answer: they may or may not have happened."),
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
  effectsUnexpected: count("Calls for no run of the scenario, or beyond those that a run makes."),
  effectsWrong: count("Calls whose body is not what the run's payload leads to."),
  beforeCommit: count("Answers that left before their commit, and calls that left before the commit they depend on."),
  resultsChecked: count("Runs whose result was read over the API and compared with what their payload leads to."),
  resultsWrong: count("Runs that ended with another result."),
  details: list("What was found, in words.", text("One finding of the audit.")),
});

const work = object<WorkPerRun>("What one completed run cost; hardly noisy, so it gates continuous integration.", {
  statements: nullable(amount("SQL statements per run; null without `pg_stat_statements`.")),
  statementsPerCommit: nullable(amount("SQL statements per transaction; does not depend on how runs are batched.")),
  commits: amount("Transactions committed per run."),
  journalRows: amount("Rows inserted into the journal per run."),
  journalRowsUndone: nullable(
    number(
      "Rows counted as inserted into the journal beyond those that are there; null where not all were counted yet.",
    ),
  ),
  hotUpdates: amount("Rows updated in hot tables per run."),
  hotDeletes: amount("Rows deleted from hot tables per run."),
  walBytes: amount("Write-ahead log per run, bytes."),
  meshhookCpuMs: amount("CPU time of MeshHook's processes per run, milliseconds."),
  postgresCpuMs: amount("CPU time of PostgreSQL's processes per run, milliseconds."),
});

const resources = object<ProcessResources>("One process, or one group of processes, over the measured time.", {
  name: text("`meshhook`, `postgres`, `generator` or another part that took part."),
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
      event: text("`type:event`, as in `LWLock:WALWrite`; `CPU` is running."),
      samples: count("Samples that found a backend there."),
    }),
  ),
  connectionsMax: count("Most connections at once."),
});

const threshold = object<ThresholdResult>("One limit of the scenario and what was measured.", {
  expression: text("As in `latency.ack.p99Ms <= 12`."),
  actual: nullable(number("Measured value; null when there is none, and then the limit does not hold.")),
  holds: flag("Whether the limit holds."),
  kind: choice(
    "`gate`: does not depend on the machine's speed. `limit`: does. `precondition`: without it nothing was tried.",
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

const generator = object<ScenarioResult["generator"]>("Whether the load generator could back these figures.", {
  isBacked: flag("Not late, not out of CPU, nothing unsent."),
  reasons: list("Why not; empty when backed.", text("One reason.")),
  latenessMsP99: amount("99th percentile of actual minus intended send time, milliseconds."),
  cpuShare: amount("Its own CPU; 1 is one core."),
  unsent: count("Requests that were due and never sent."),
});

const reason = object<VerdictReason>("One reason for a verdict that is not `passed`.", {
  verdict: choice("The verdict it leads to.", ["failed", "inconclusive", "void"]),
  text: text("What is the case, with its figures."),
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
  failedShare: amount("The same as a part of what was due, 0 to 1."),
  unexpected: count(
    "Failures that the scenario does not allow: all, but for 503 under overload and for what fails while a fault lasts.",
  ),
});

const outage = object<Outage>("What clients saw of a fault.", {
  clientsMs: amount("From the kill to the last request that failed because of it, milliseconds."),
  failedRequests: count("Requests that failed meanwhile."),
  downMs: amount("From the kill to the start of the new process: the scenario's own part, milliseconds."),
});

const episode = object<Episode>("Slow requests that belong together.", {
  fromMs: amount("Milliseconds since the first request."),
  untilMs: amount("Milliseconds since the first request."),
  slow: count("Slow requests."),
  due: count("Requests that were due meanwhile; a stall of the machine holds up nearly all of them."),
  maxMs: nullable(amount("The slowest, milliseconds; null where one had no answer.")),
  origin: choice("`outside`: the machine's own timer or disk stood still as well. `inside`: they did not.", [
    "inside",
    "outside",
    "unknown",
  ]),
});

const episodes = object<Episodes>("Slow requests, grouped: one stall is one event, however many requests it held up.", {
  of: choice("Which latency was looked at.", ["ack", "lag"]),
  slowAboveMs: amount("A request above this is slow, milliseconds."),
  slow: count("Slow requests."),
  count: count("Episodes."),
  heldAlone: count(
    "Requests that took more than a second although most of what was due meanwhile was in time: they alone were held back.",
  ),
  p99MsWithoutLargest: nullable(
    amount(
      "99th percentile without the requests of the largest episode, milliseconds; null where the rest does not carry it.",
    ),
  ),
  longest: list("The longest, at most 20, in the order of time.", episode),
  period: nullable(
    object<NonNullable<Episodes["period"]>>("Episodes of about the same length that come back after the same time.", {
      everyMs: amount("From one to the next, milliseconds."),
      lengthMs: amount("Median length, milliseconds."),
      times: count("How often."),
      share: amount("Of the time, 0 to 1."),
    }),
  ),
});

const disturbance = object<Disturbance>("Something that shows that others used the machine, or that it was slow.", {
  metric: text("What was measured."),
  value: number("Its value."),
  limit: number("Beyond this it counts as a disturbance."),
  text: text("In words."),
});

const clock = object<ClockCheck>("One clock against the benchmark's, by the quickest of several exchanges.", {
  of: text("Whose clock."),
  offsetUs: number("Positive: the other clock is ahead, microseconds."),
  uncertaintyUs: amount("Half of the exchange that it was read in, microseconds."),
});

const connections = object<Connections>("Connections that were opened because earlier ones had been closed.", {
  reopened: nullable(count("By the generator; null where it was not counted.")),
  reopenedToTarget: nullable(count("By MeshHook to the target of its calls; null without one.")),
});

const scenario = object<ScenarioResult>(
  "One scenario: a question, a load, and what came out.",
  {
    name: text("Stable name, as in `webhook-ack-nominal`."),
    title: text("Name for people."),
    question: text("The question in one sentence."),
    group: choice("What it is about.", ["webhook", "dag", "logs", "fault"]),
    load,
    startedAtMs: amount("Start, Unix milliseconds."),
    durationMs: amount(
      "From the start of the scenario to its figures, milliseconds; `load.durationMs` is the measured time.",
    ),
    status: choice(
      "`passed`: the audit is clean, every limit holds, and no request failed that the scenario does not allow. `failed`: something is wrong, and the machine is not the reason. `inconclusive`: it did not pass, and the figures cannot tell MeshHook's part from the machine's. `void`: the figures do not answer the question.",
      ["passed", "failed", "inconclusive", "void"],
    ),
    reasons: list("Why it did not pass; empty when it did.", reason),
    throughput: nullable(throughput),
    latency: record(
      "Distributions by name. `ack`, `done` and `lag` count from the intended send, `service` from the actual one, `recovery` from the new process' start.",
      latency,
    ),
    phases: list("Where the time of a run goes, in order; additive.", phase),
    errors: record("Failures by kind.", count("How many.")),
    answers,
    outage: nullable(outage),
    episodes,
    disturbances: list("What shows that others used the machine, or that it was slow.", disturbance),
    clocks: list("How far the clocks of the processes that took part are apart.", clock),
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
  title: text("What is the case, in one line."),
  evidence: list(
    "What was seen.",
    object<Evidence>("One figure.", {
      scenario: text("Scenario it comes from; `suite` for the environment."),
      metric: text("Its name."),
      value: numberOrText("Its value."),
      limit: optional(numberOrText("What the rule compares with.")),
    }),
  ),
  cause: text("Why that is so."),
  recommendation: object<Finding["recommendation"]>("What to do about it.", {
    area: choice("Where the change is made.", ["code", "architecture", "infrastructure"]),
    change: text("What to change."),
    expectedEffect: text("On speed and on resources."),
    effort: choice("How much work.", ["small", "medium", "large"]),
    risk: choice("How much can go wrong.", ["low", "medium", "high"]),
    rank: amount("Larger first."),
    rankReason: text("How the rank came about."),
    experiment: nullable(text("The one knob that would test it, as a command; null where it is not a knob.")),
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
      "The worst of the scenarios: `failed`, then `void`, then `inconclusive`; `interrupted` when it was stopped and holds what there was.",
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
