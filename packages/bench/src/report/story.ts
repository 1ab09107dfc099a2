/** What every form of the report says first, worked out once: verdict, trust, key figures. */
import type { BenchResult, ScenarioResult, ThresholdResult, Throughput } from "../result/result.ts";
import { countOf, formatMs, formatNumber } from "./format.ts";

export interface FailedThreshold {
  readonly scenario: ScenarioResult;
  readonly threshold: ThresholdResult;
}

export interface Story {
  /** `Passed`, `Failed` or `Interrupted`. */
  readonly verdict: string;
  /** The verdict's reason in one or two sentences. */
  readonly summary: string;
  readonly failedThresholds: readonly FailedThreshold[];
  readonly uncleanScenarios: readonly ScenarioResult[];
  /** Scenarios whose figures the load generator could not back. */
  readonly unbackedScenarios: readonly ScenarioResult[];
  /** Set where the database could lose what it confirmed; goes beside every figure. */
  readonly durabilityLabel: string | null;
  readonly keyFigures: readonly KeyFigure[];
}

export interface KeyFigure {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}

/** Works out what a reader must know first. */
export function tellStory(result: BenchResult): Story {
  const failedThresholds = result.scenarios.flatMap((scenario) =>
    scenario.thresholds.filter((threshold) => !threshold.holds).map((threshold) => ({ scenario, threshold })),
  );
  const uncleanScenarios = result.scenarios.filter((scenario) => !scenario.audit.isClean);
  return {
    verdict: { passed: "Passed", failed: "Failed", interrupted: "Interrupted" }[result.verdict],
    summary: summarize(result, failedThresholds.length, uncleanScenarios.length),
    failedThresholds,
    uncleanScenarios,
    unbackedScenarios: result.scenarios.filter((scenario) => !scenario.generator.isBacked),
    durabilityLabel: durabilityLabel(result),
    keyFigures: keyFigures(result),
  };
}

/** Throughput as far as a report may show it: none where the audit is not clean, whatever the result says. */
export function shownThroughput(scenario: ScenarioResult): Throughput | null {
  return scenario.audit.isClean ? scenario.throughput : null;
}

/** What a threshold was held against; a missing figure is said in words, because that is why the threshold fails. */
export function formatActual(actual: number | null): string {
  return actual === null ? "no figure" : formatNumber(actual);
}

/** All failures of a scenario, and their share of what was sent. */
export function errorCount(scenario: ScenarioResult): number {
  return Object.values(scenario.errors).reduce((sum, count) => sum + count, 0);
}

function durabilityLabel({ environment }: BenchResult): string | null {
  if (!environment.fsync)
    return "Not durable: fsync = off. A power failure may lose or corrupt everything these figures confirmed.";
  if (environment.synchronousCommit !== "off") return null;
  return "Not durable: synchronous_commit = off. A crash may lose the last confirmed webhooks; do not compare with durable results.";
}

function summarize(result: BenchResult, failed: number, unclean: number): string {
  const thresholds = result.scenarios.reduce((sum, scenario) => sum + scenario.thresholds.length, 0);
  const limits =
    failed === 0
      ? `All ${countOf(thresholds, "threshold")} hold`
      : `${failed} of ${countOf(thresholds, "threshold")} ${failed === 1 ? "does" : "do"} not hold`;
  const accepted = result.scenarios.reduce((sum, scenario) => sum + scenario.audit.accepted, 0);
  const audit =
    unclean === 0
      ? `every one of ${countOf(accepted, "accepted delivery", "accepted deliveries")} became exactly one run that ended`
      : `the audit is not clean in ${countOf(unclean, "scenario")}`;
  const scope = result.verdict === "interrupted" ? " It was stopped early and holds what had been measured." : "";
  if (result.scenarios.length === 0) return `No scenario was measured.${scope}`;
  return `${limits} in ${countOf(result.scenarios.length, "scenario")}; ${audit}.${scope}`;
}

function keyFigures(result: BenchResult): readonly KeyFigure[] {
  const figures: KeyFigure[] = [];
  const nominal = result.scenarios.find(
    (scenario) => scenario.group === "webhook" && scenario.roofShare === null && scenario.audit.isClean,
  );
  const ack = nominal?.latency["ack"];
  // A percentile that the sample does not carry is no figure: then the median, or nothing.
  const p99Ms = ack?.p99Ms ?? null;
  const [percentile, ms] = p99Ms === null ? ["p50", ack?.p50Ms ?? null] : ["p99", p99Ms];
  if (nominal !== undefined && ms !== null) {
    figures.push({
      label: `Answer, ${percentile}`,
      value: formatMs(ms),
      note:
        nominal.load.ratePerSecond === null
          ? nominal.title
          : `at ${formatNumber(nominal.load.ratePerSecond)} webhooks/s, from the intended send`,
    });
  }
  const fastest = result.scenarios
    .map((scenario) => ({ scenario, throughput: shownThroughput(scenario) }))
    .toSorted((a, b) => (b.throughput?.completedPerSecond ?? 0) - (a.throughput?.completedPerSecond ?? 0))[0];
  if (fastest?.throughput) {
    figures.push({
      label: "Highest rate",
      value: `${formatNumber(fastest.throughput.completedPerSecond)} runs/s`,
      note: `completed, in ${fastest.scenario.name}`,
    });
    const work = fastest.scenario.work;
    if (work !== null) {
      figures.push({
        label: "CPU per run",
        value: formatMs(work.meshhookCpuMs + work.postgresCpuMs),
        note: `MeshHook and PostgreSQL, in ${fastest.scenario.name}`,
      });
    }
  }
  const total = (field: "accepted" | "lost" | "duplicated") =>
    result.scenarios.reduce((sum, scenario) => sum + scenario.audit[field], 0);
  figures.push({
    label: "Lost / duplicated",
    value: `${formatNumber(total("lost"))} / ${formatNumber(total("duplicated"))}`,
    note: `of ${formatNumber(total("accepted"))} accepted deliveries, audited`,
  });
  return figures;
}
