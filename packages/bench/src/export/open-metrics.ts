import type { Answers, BenchResult, LatencySummary, ScenarioResult, WorkPerRun } from "../result/result.ts";
import { openMetrics } from "./open-metrics-writer.ts";
import type { MetricFamily, MetricSample } from "./open-metrics-writer.ts";

/**
 * A result as OpenMetrics text, for `metrics.txt` in the folder of a report: what a Prometheus keeps of a benchmark. Every sample has the time at
 * which the benchmark ended, as `promtool tsdb create-blocks-from openmetrics` needs it. What was not measured has no sample.
 */
export function openMetricsText(result: BenchResult): string {
  return openMetrics(familiesOf(result), result.finishedAtMs);
}

/** Outcomes of requests, each of which is in exactly one. */
const OUTCOMES = [
  "accepted",
  "shed",
  "rejected",
  "unanswered",
  "refused",
  "unsent",
] as const satisfies readonly (keyof Answers)[];

const QUANTILES = [
  ["0.5", "p50Ms"],
  ["0.9", "p90Ms"],
  ["0.95", "p95Ms"],
  ["0.99", "p99Ms"],
  ["0.999", "p999Ms"],
] as const satisfies readonly (readonly [string, keyof LatencySummary])[];

const AUDIT_FAULTS = [
  "lost",
  "duplicated",
  "outOfOrder",
  "stuck",
  "phantom",
  "effectsMissing",
  "effectsUnexpected",
  "effectsWrong",
  "beforeCommit",
  "resultsWrong",
] as const satisfies readonly (keyof ScenarioResult["audit"])[];

const SCENARIO_VERDICTS = ["passed", "failed", "inconclusive", "void"] as const;

function familiesOf(result: BenchResult): readonly MetricFamily[] {
  const { scenarios, environment, commit } = result;
  const each = (samples: (scenario: ScenarioResult) => readonly MetricSample[]) => scenarios.flatMap(samples);
  const figure = (name: string, help: string, read: (scenario: ScenarioResult) => number | null | undefined) =>
    gauge(
      name,
      help,
      each((scenario) => sampled({ scenario: scenario.name }, read(scenario))),
    );
  const work = (name: string, help: string, read: (work: WorkPerRun) => number | null) =>
    figure(`run_${name}`, `${help} per run`, (scenario) => (scenario.work === null ? null : read(scenario.work)));
  const verdict = `${PREFIX}scenario_verdict`;
  return [
    {
      name: `${PREFIX}result`,
      type: "info",
      help: "What was measured, and where",
      samples: [
        {
          suffix: "_info",
          labels: {
            id: result.id,
            suite: result.suite,
            verdict: result.verdict,
            meshhook: environment.meshhook,
            revision: commit === null ? "" : `${commit.revision}${commit.isDirty ? "-dirty" : ""}`,
            postgres: environment.postgres.version,
            node: environment.node,
            fingerprint: environment.fingerprint,
          },
          value: 1,
        },
      ],
    },
    gauge("start_time_seconds", "When the benchmark began, Unix time", sampled({}, result.startedAtMs / 1_000)),
    {
      name: verdict,
      type: "stateset",
      help: "Verdict of each scenario",
      samples: each(({ name, status }) =>
        SCENARIO_VERDICTS.map((each) => ({
          labels: { scenario: name, [verdict]: each },
          value: each === status ? 1 : 0,
        })),
      ),
    },
    {
      name: `${PREFIX}requests`,
      type: "counter",
      help: "Webhooks that were due, with the warm-up, by what became of them",
      samples: each(({ name, answers }) =>
        OUTCOMES.map((outcome) => ({ suffix: "_total", labels: { scenario: name, outcome }, value: answers[outcome] })),
      ),
    },
    figure(
      "acknowledged_per_second",
      "Webhooks answered 2xx in a second of the measured time; absent if the audit is not clean",
      ({ throughput }) => throughput?.ackedPerSecond,
    ),
    figure(
      "completed_per_second",
      "Runs that ended in a second of the measured time; absent if the audit is not clean",
      ({ throughput }) => throughput?.completedPerSecond,
    ),
    {
      name: `${PREFIX}latency_seconds`,
      type: "summary",
      unit: "seconds",
      help: "Latencies by name; a quantile among failed requests is absent",
      samples: each(({ name, latency }) =>
        Object.entries(latency).flatMap(([of, summary]) => latencySamples({ scenario: name, of }, summary)),
      ),
    },
    gauge(
      "audit_faults",
      "Runs and calls that the audit found wrong, by kind",
      each(({ name, audit }) => AUDIT_FAULTS.map((kind) => ({ labels: { scenario: name, kind }, value: audit[kind] }))),
    ),
    work("statements", "SQL statements", ({ statements }) => statements),
    work("commits", "Transactions", ({ commits }) => commits),
    work("journal_rows", "Rows of the journal", ({ journalRows }) => journalRows),
    work("wal_bytes", "Bytes of write-ahead log", ({ walBytes }) => walBytes),
    work("meshhook_cpu_seconds", "CPU time of MeshHook", ({ meshhookCpuMs }) => meshhookCpuMs / 1_000),
    work("postgres_cpu_seconds", "CPU time of PostgreSQL", ({ postgresCpuMs }) => postgresCpuMs / 1_000),
    gauge(
      "process_cpu_seconds",
      "CPU time of each process in the measured time",
      each(({ name, resources }) =>
        resources.map((process) => ({ labels: { scenario: name, process: process.name }, value: process.cpuSeconds })),
      ),
    ),
    gauge(
      "process_resident_max_bytes",
      "Most resident memory of each process",
      each(({ name, resources }) =>
        resources.map((process) => ({ labels: { scenario: name, process: process.name }, value: process.rssBytesMax })),
      ),
    ),
    figure("outage_seconds", "How long clients met failures because of a fault", ({ outage }) =>
      outage === null ? null : outage.clientsMs / 1_000,
    ),
    gauge(
      "threshold_held",
      "1 if a threshold holds",
      each(({ name, thresholds }) =>
        thresholds.map(({ expression, kind, holds }) => ({
          labels: { scenario: name, threshold: expression, kind },
          value: holds ? 1 : 0,
        })),
      ),
    ),
    figure("generator_backed", "1 if the load generator kept up", ({ generator }) => (generator.isBacked ? 1 : 0)),
  ];
}

const PREFIX = "meshhook_bench_";

function gauge(name: string, help: string, samples: readonly MetricSample[]): MetricFamily {
  const unit = (["seconds", "bytes"] as const).find((each) => name.endsWith(`_${each}`));
  return { name: `${PREFIX}${name}`, type: "gauge", ...(unit === undefined ? {} : { unit }), help, samples };
}

function sampled(labels: MetricSample["labels"], value: number | null | undefined): readonly MetricSample[] {
  return value === null || value === undefined ? [] : [{ labels, value }];
}

function latencySamples(labels: MetricSample["labels"], summary: LatencySummary): readonly MetricSample[] {
  const quantiles = QUANTILES.flatMap(([quantile, field]) => {
    const ms = summary[field];
    return ms === null ? [] : [{ labels: { ...labels, quantile }, value: ms / 1_000 }];
  });
  const { meanMs, count } = summary;
  const sum = meanMs === null ? [] : [{ suffix: "_sum" as const, labels, value: (meanMs * count) / 1_000 }];
  return [...quantiles, { suffix: "_count", labels, value: count }, ...sum];
}
