import type { Scalability, ScalabilityLaw, ScalabilityPoint, ScenarioResult } from "../result/result.ts";
import type { SaturatingLoad } from "../scenario/load.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { fitUsl, uslThroughput } from "../stats/index.ts";
import type { Interval, UslFit } from "../stats/index.ts";
import type { Evidence } from "./evidence.ts";
import { judgeScenario } from "./judge.ts";
import type { JudgeOptions } from "./judge.ts";
import { judgedBlock } from "./judged-block.ts";
import type { JudgedBlock } from "./judged-block.ts";
import { alike, loadPoints, quietOnes, sizeOf } from "./load-points.ts";

/** A load with several numbers of senders, or of processes that serve them. */
export type SweptLoad = SaturatingLoad & { readonly sweep: readonly number[] };

export function isSwept(load: Scenario["load"]): load is SweptLoad {
  return load.kind === "saturating" && load.sweep !== undefined;
}

/** The scenario with one of the numbers. */
export function withNumber(scenario: Scenario, load: SweptLoad, n: number): Scenario {
  return { ...scenario, load: { ...load, ...(load.swept === "processes" ? { processes: n } : { senders: n }) } };
}

/**
 * Judges a sweep: its figures are those of the most senders or processes, and its law comes from all. What is counted comes from all as
 * well: a run that is lost with one sender is lost.
 */
export function judgeSweep(evidences: readonly Evidence[], options: JudgeOptions): ScenarioResult {
  const blocks = evidences.map((evidence) => judgedBlock(evidence, options.canaryBest));
  const most = Math.max(...blocks.map(sizeOf));
  const shown = blocks.filter((block) => sizeOf(block) === most);
  const result = judgeScenario(
    shown.map(({ evidence }) => evidence),
    { ...options, elsewhere: blocks.filter((block) => !shown.includes(block)).map(({ evidence }) => evidence) },
  );
  if (!result.audit.isClean) return result;
  const load = shown[0]?.evidence.scenario.load;
  const of = load?.kind === "saturating" ? (load.swept ?? "senders") : "senders";
  return {
    ...result,
    // With as many senders each time, latency over load would be one point.
    ...(of === "senders" ? { curve: loadPoints(blocks) } : {}),
    scalability: scalabilityOf(blocks, of, options.seed),
  };
}

function scalabilityOf(blocks: readonly JudgedBlock[], of: Scalability["of"], seed: number): Scalability {
  const measured = [...alike(blocks)]
    .toSorted(([a], [b]) => a - b)
    .map(([n, group]) => ({
      n,
      rates: quietOnes(group).map(({ figures }) => figures.throughput?.completedPerSecond ?? 0),
    }));
  return scalabilityFrom(measured, of, seed);
}

/** The points and the law through them, from the throughput of each block by its number of senders or processes. */
export function scalabilityFrom(
  measured: readonly { readonly n: number; readonly rates: readonly number[] }[],
  of: Scalability["of"],
  seed: number,
): Scalability {
  const samples = measured.flatMap(({ n, rates }) => rates.map((throughput) => ({ n, throughput })));
  const without = samples.find(({ throughput }) => throughput <= 0);
  const fit =
    without === undefined
      ? fitUsl(samples, { seed })
      : { kind: "refused" as const, why: `no run ended with ${String(without.n)} ${of}` };
  const mean = (rates: readonly number[]) => rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const [smallest] = measured;
  const ofOne = smallest?.n === 1 ? mean(smallest.rates) : 0;
  return {
    of,
    points: measured.map(({ n, rates }): ScalabilityPoint => ({
      n,
      perSecond: mean(rates),
      low: Math.min(...rates),
      high: Math.max(...rates),
      blocks: rates.length,
      efficiency: ofOne === 0 ? null : mean(rates) / (n * ofOne),
      fittedPerSecond: fit.kind === "fit" ? uslThroughput(fit, n) : null,
    })),
    law: fit.kind === "fit" ? lawOf(fit) : null,
    whyNone: fit.kind === "fit" ? null : `Not enough to say how it scales: ${fit.why}.`,
  };
}

function lawOf({ intervals, rSquared, range, peak, linearUntil }: UslFit): ScalabilityLaw {
  return {
    lambda: withoutCount(intervals.lambda),
    sigma: withoutCount(intervals.sigma),
    kappa: withoutCount(intervals.kappa),
    rSquared,
    validFrom: range.from,
    validUntil: range.until,
    peak: peak === null ? null : { n: withoutCount(peak.n), perSecond: peak.throughput },
    linearUntil,
  };
}

function withoutCount({ estimate, low, high }: Interval): ScalabilityLaw["lambda"] {
  return { estimate, low, high };
}
