/** Results of whole runs that scatter as runs on a busy machine do: seeded changes to the healthy sample. */
import type { BenchResult, LatencySummary, ScenarioResult } from "../src/result/result.ts";
import { normalsFrom } from "../src/stats/random-normal.ts";
import { seededRandom } from "../src/stats/index.ts";
import { sampleResult } from "./sample-result.ts";

const RUN_MS = 300_000;

export interface RepeatedRuns {
  /** One letter per run, in order of time: `ABBA`. */
  readonly order: string;
  readonly seed?: number;
  /** Multiplies the spread of every figure; 1 when absent. */
  readonly noise?: number;
  /** What the candidate, `B`, does differently. */
  readonly change?: (scenario: ScenarioResult) => Partial<ScenarioResult>;
}

/** The results of a sequence of runs of two versions, by side. */
export function repeatedRuns({ order, seed = 1, noise = 1, change = () => ({}) }: RepeatedRuns): {
  readonly baseline: readonly BenchResult[];
  readonly candidate: readonly BenchResult[];
} {
  const normal = normalsFrom(seededRandom(seed));
  const healthy = sampleResult();
  const runs = order.split("").map((letter, index) => {
    const isCandidate = letter === "B";
    const startedAtMs = healthy.startedAtMs + index * RUN_MS;
    const scenarios = healthy.scenarios
      .map((scenario) => (isCandidate ? { ...scenario, ...change(scenario) } : scenario))
      .map((scenario) => scattered(scenario, () => noise * normal()));
    const result: BenchResult = {
      ...healthy,
      id: `run-${String(index)}`,
      startedAtMs,
      finishedAtMs: startedAtMs + RUN_MS,
      commit: { revision: (isCandidate ? "b" : "a").repeat(40), isDirty: false },
      scenarios,
    };
    return { isCandidate, result };
  });
  const side = (wanted: boolean) =>
    runs.filter(({ isCandidate }) => isCandidate === wanted).map(({ result }) => result);
  return { baseline: side(false), candidate: side(true) };
}

/** The scenario with its work multiplied. */
export function withWork(scenario: ScenarioResult, factors: Partial<Record<string, number>>): Partial<ScenarioResult> {
  const { work } = scenario;
  if (work === null) return {};
  const multiplied = Object.entries(work).map(([name, value]) => [
    name,
    value === null ? null : value * (factors[name] ?? 1),
  ]);
  return { work: Object.fromEntries(multiplied) as ScenarioResult["work"] };
}

/** The scenario with its latencies multiplied. */
export function withLatency(scenario: ScenarioResult, factor: number): Partial<ScenarioResult> {
  return {
    latency: Object.fromEntries(
      Object.entries(scenario.latency).map(([name, summary]) => [name, multiplied(summary, factor)]),
    ),
  };
}

/** As far apart as six pairs of the same code were: rows not at all, counts by 3 %, CPU by 12 %, latencies by 40 %. */
function scattered(scenario: ScenarioResult, normal: () => number): ScenarioResult {
  const factor = (variation: number) => Math.exp(variation * normal());
  const cpu = factor(0.12);
  const work = withWork(scenario, {
    statements: factor(0.02),
    commits: factor(0.02),
    walBytes: factor(0.012),
    meshhookCpuMs: cpu,
    postgresCpuMs: cpu * factor(0.03),
  });
  const { throughput } = scenario;
  const speed = factor(scenario.load.model === "open" ? 0 : 0.2);
  return {
    ...scenario,
    ...work,
    ...withLatency(scenario, factor(0.4)),
    throughput:
      throughput === null ? null : { ...throughput, completedPerSecond: throughput.completedPerSecond * speed },
    resources: scenario.resources.map((each) => ({
      ...each,
      rssBytesMax: Math.round(each.rssBytesMax * factor(0.03)),
    })),
  };
}

function multiplied(summary: LatencySummary, factor: number): LatencySummary {
  const times = (value: number | null) => (value === null ? null : value * factor);
  return {
    ...summary,
    meanMs: times(summary.meanMs),
    p50Ms: times(summary.p50Ms),
    p90Ms: times(summary.p90Ms),
    p95Ms: times(summary.p95Ms),
    p99Ms: times(summary.p99Ms),
    p999Ms: times(summary.p999Ms),
    maxMs: times(summary.maxMs),
  };
}
