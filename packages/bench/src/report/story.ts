/** What every form of the report says first, worked out once: verdict, trust, key figures. */
import type { BenchResult, LatencySummary, ScenarioResult, Throughput, VerdictReason } from "../result/result.ts";
import { isAmongFailures, isCarriedBy } from "../stats/index.ts";
import { countOf, formatMs, formatNumber, NO_FIGURE } from "./format.ts";

/** Why one scenario did not pass, and what to do next. */
export interface ScenarioReason {
  readonly scenario: ScenarioResult;
  readonly reason: VerdictReason;
}

export interface Story {
  /** `Passed`, `Failed`, `Inconclusive`, `Void` or `Interrupted`. */
  readonly verdict: string;
  /** What the verdict means, and what to do next. */
  readonly next: string;
  /** The verdict's reason in one or two sentences. */
  readonly summary: string;
  /** What is certainly wrong first, then what answers nothing, then what may be right. */
  readonly reasons: readonly ScenarioReason[];
  readonly uncleanScenarios: readonly ScenarioResult[];
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
  const reasons = (["failed", "void", "inconclusive"] as const).flatMap((verdict) =>
    result.scenarios.flatMap((scenario) =>
      scenario.reasons.filter((reason) => reason.verdict === verdict).map((reason) => ({ scenario, reason })),
    ),
  );
  const uncleanScenarios = result.scenarios.filter((scenario) => !scenario.audit.isClean);
  return {
    ...VERDICTS[result.verdict],
    summary: summarize(result, uncleanScenarios.length),
    reasons,
    uncleanScenarios,
    durabilityLabel: durabilityLabel(result),
    keyFigures: keyFigures(result),
  };
}

const VERDICTS: { readonly [Verdict in BenchResult["verdict"]]: Pick<Story, "verdict" | "next"> } = {
  passed: {
    verdict: "Passed",
    next: "Every audit is clean, every threshold holds, and no request failed unless its scenario allows it.",
  },
  failed: {
    verdict: "Failed",
    next: "Something is wrong that the machine does not explain. Start with the first reason below; each one says what to do next.",
  },
  inconclusive: {
    verdict: "Inconclusive",
    next: "Nothing was found to be wrong, but nothing can be concluded: the figures cannot separate MeshHook from the machine. Each reason below says what to do next.",
  },
  void: {
    verdict: "Void",
    next: "The figures are not valid. Fix the problems named below, and measure again.",
  },
  interrupted: {
    verdict: "Interrupted",
    next: "The benchmark was stopped early. The report contains what was measured so far; run it again for a verdict.",
  },
};

/** The throughput that a report may show: none when the audit is not clean, even if the result has one. */
export function shownThroughput(scenario: ScenarioResult): Throughput | null {
  return scenario.audit.isClean ? scenario.throughput : null;
}

/** What a threshold was held against; a missing figure is said in words, because that is why the threshold fails. */
export function formatActual(actual: number | null): string {
  return actual === null ? "no figure" : formatNumber(actual);
}

/** All failures of a scenario. */
export function errorCount(scenario: ScenarioResult): number {
  return Object.values(scenario.errors).reduce((sum, count) => sum + count, 0);
}

/** `none`, or how many and which part of what was due. */
export function formatFailures({ answers }: ScenarioResult): string {
  if (answers.failed === 0) return "0";
  return `${formatNumber(answers.failed)} of ${formatNumber(answers.due)}`;
}

function durabilityLabel({ environment }: BenchResult): string | null {
  if (environment.fsync === false)
    return "Not durable: fsync = off. A power failure can lose or corrupt everything that was confirmed.";
  if (environment.synchronousCommit !== "off") return null;
  return "Not durable: synchronous_commit = off. A crash can lose the last confirmed webhooks. Do not compare this result with durable ones.";
}

function summarize(result: BenchResult, unclean: number): string {
  const { scenarios } = result;
  if (scenarios.length === 0) return "No scenario was measured.";
  const counts = (["passed", "failed", "void", "inconclusive"] as const).flatMap((status) => {
    const count = scenarios.filter((scenario) => scenario.status === status).length;
    return count === 0 ? [] : [`${formatNumber(count)} ${status}`];
  });
  const sum = (field: "due" | "failed" | "unexpected") =>
    scenarios.reduce((total, { answers }) => total + answers[field], 0);
  const failed =
    sum("failed") === 0
      ? `All ${countOf(sum("due"), "request")} were accepted`
      : `${formatNumber(sum("failed"))} of ${countOf(sum("due"), "request")} were not accepted${
          sum("unexpected") === 0 ? ", as their scenarios allow (overload, or the outage after a kill)" : ""
        }`;
  const accepted = scenarios.reduce((total, scenario) => total + scenario.audit.accepted, 0);
  const audit =
    unclean === 0
      ? `each of ${countOf(accepted, "accepted delivery", "accepted deliveries")} became exactly one run that ended`
      : `the audit is not clean in ${countOf(unclean, "scenario")}`;
  return `${countOf(scenarios.length, "scenario")}: ${counts.join(", ")}. ${failed}; ${audit}.`;
}

/** A percentile: its time, `no answer` when it falls among the failures, or a dash when there are too few samples. */
export function formatPercentile(
  latency: LatencySummary | undefined,
  percentile: keyof typeof QUANTILES,
  format: (ms: number | null | undefined) => string = formatMs,
): string {
  if (latency === undefined) return format(null);
  const value = latency[percentile];
  const quantile = QUANTILES[percentile];
  const isLost =
    value === null && isCarriedBy(latency.count + latency.failed, quantile) && isAmongFailures(latency, quantile);
  return isLost ? NO_ANSWER : format(value);
}

/** Shown instead of a time that never ended. */
export const NO_ANSWER = "no answer";

const QUANTILES = { p50Ms: 0.5, p90Ms: 0.9, p95Ms: 0.95, p99Ms: 0.99, p999Ms: 0.999 } as const;

/** Marks a figure of a scenario that did not pass, because it must not be quoted. */
function unlessPassed({ status }: ScenarioResult): string {
  return status === "passed" ? "" : `; the scenario is ${status}`;
}

function keyFigures(result: BenchResult): readonly KeyFigure[] {
  const figures: KeyFigure[] = [];
  const nominal = result.scenarios.find(
    (scenario) => scenario.group === "webhook" && scenario.roofShare === null && scenario.audit.isClean,
  );
  const ack = nominal?.latency["ack"];
  // Without enough samples for p99, show the median or nothing.
  const [percentile, value] =
    ack?.p99Ms === null && formatPercentile(ack, "p99Ms") !== NO_ANSWER
      ? ["p50", formatPercentile(ack, "p50Ms")]
      : ["p99", formatPercentile(ack, "p99Ms")];
  if (nominal !== undefined && value !== NO_FIGURE) {
    figures.push({
      label: `Answer, ${percentile}`,
      value,
      note: `${
        nominal.load.ratePerSecond === null
          ? nominal.title
          : `at ${formatNumber(nominal.load.ratePerSecond)} webhooks/s, from the intended send`
      }${unlessPassed(nominal)}`,
    });
  }
  const fastest = result.scenarios
    .map((scenario) => ({ scenario, throughput: shownThroughput(scenario) }))
    .toSorted((a, b) => (b.throughput?.completedPerSecond ?? 0) - (a.throughput?.completedPerSecond ?? 0))[0];
  if (fastest?.throughput) {
    figures.push({
      label: "Highest rate",
      value: `${formatNumber(fastest.throughput.completedPerSecond)} runs/s`,
      note: `completed, in ${fastest.scenario.name}${unlessPassed(fastest.scenario)}`,
    });
    const work = fastest.scenario.work;
    if (work !== null) {
      figures.push({
        label: "CPU per run",
        value: formatMs(work.meshhookCpuMs + work.postgresCpuMs),
        note: `MeshHook and PostgreSQL, in ${fastest.scenario.name}${unlessPassed(fastest.scenario)}`,
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
