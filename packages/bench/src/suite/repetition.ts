import type { RepeatedFigure, RepetitionResult, ScenarioResult } from "../result/result.ts";
import { planRepetition, relativeHalfWidth } from "../stats/index.ts";
import type { Interval, RepetitionPlan } from "../stats/index.ts";

/** How often the blocks of a scenario are repeated. */
export interface RepeatRule {
  readonly blocksMin: number;
  readonly blocksMax: number;
  /** Whether blocks are added until the figures are tight; otherwise their number is fixed. */
  readonly isUntilTight: boolean;
}

/** Half an interval of the figures that are judged, as a share of the figure or of its limit, whichever is larger. */
const TIGHT_AT = 0.1;

/** What a scenario has used, and what the suite has left; milliseconds. */
export interface Budget {
  readonly usedMs: number;
  readonly leftMs: number;
}

/** Whether one more block of a scenario is worth its time. */
export function planMore(result: ScenarioResult, rule: RepeatRule, { usedMs, leftMs }: Budget): RepetitionPlan {
  return planRepetition(
    {
      relativeHalfWidth: TIGHT_AT,
      runsMin: rule.blocksMin,
      runsMax: rule.isUntilTight ? rule.blocksMax : rule.blocksMin,
      budgetMs: usedMs + leftMs,
    },
    {
      runs: result.blocks?.length ?? 0,
      elapsedMs: usedMs,
      intervals: judgedFigures(result).map(({ interval }) => interval),
    },
  );
}

/** A miss that so many blocks agree on stays one, whatever one more block says. */
const UNANIMOUS_MIN = 3;

/**
 * Whether a scenario that did not pass could pass with one more block. A gate stays missed, and so does a limit that every block misses.
 * A machine that was never quiet will not be now.
 */
export function mayPass({ status, thresholds, blocks = [] }: ScenarioResult): boolean {
  const isSettled = thresholds.some(
    ({ holds, kind, blocks: judged }) =>
      !holds &&
      (kind === "gate" ||
        (kind === "limit" && (judged?.judged ?? 0) >= UNANIMOUS_MIN && judged?.judged === judged?.missed)),
  );
  if (isSettled) return false;
  const quiet = blocks.filter(({ disturbances, isBacked }) => disturbances.length === 0 && isBacked);
  return status === "failed" || (status === "inconclusive" && quiet.length > 0);
}

/** Why the blocks of a scenario are as many as they are. */
export function describeRepetition(result: ScenarioResult, rule: RepeatRule, budget: Budget): RepetitionResult {
  const plan = planMore(result, rule, budget);
  const figures = judgedFigures(result).map(({ metric, interval }): RepeatedFigure => {
    const width = interval === null ? null : relativeHalfWidth(interval);
    return {
      metric,
      relativeHalfWidth: width === null || Number.isFinite(width) ? width : null,
      isTight: width !== null && width <= TIGHT_AT,
    };
  });
  return { because: becauseOf(plan, rule), tightAt: TIGHT_AT, moreBlocks: missing(result, rule), figures };
}

function becauseOf(plan: RepetitionPlan, { isUntilTight }: RepeatRule): RepetitionResult["because"] {
  if (plan.kind === "done" && plan.because === "tight") return "tight";
  if (!isUntilTight || plan.kind === "again") return "planned";
  return plan.because === "budget" ? "budget" : "blocks";
}

/** As if neither time nor blocks had an end. */
function missing(result: ScenarioResult, rule: RepeatRule): number | null {
  const endless = { ...rule, blocksMax: Infinity, isUntilTight: true };
  const plan = planMore(result, endless, { usedMs: 0, leftMs: Infinity });
  return plan.kind === "again" ? plan.about : 0;
}

/**
 * The figures that are to become tight: those that limits judge, and what the scenario is named by, the median time to the answer at a
 * rate and the runs completed without one. A limit is decided long before its figure is known to a tenth, where the figure is far below
 * it: its width is taken relative to the larger of the two.
 */
function judgedFigures(
  result: ScenarioResult,
): readonly { readonly metric: string; readonly interval: Interval | null }[] {
  const named = result.load.model === "open" ? "latency.ack.p50Ms" : "throughput.completedPerSecond";
  const limits = result.thresholds.flatMap(({ expression, kind, actual }) => {
    const match = /^(.+) <=? ([\d.]+)$/.exec(expression);
    return kind !== "limit" || actual === null || match === null
      ? []
      : [{ metric: match[1] ?? "", limit: Number(match[2]) }];
  });
  return [{ metric: named, limit: 0 }, ...limits]
    .filter(({ metric }, index, all) => all.findIndex((other) => other.metric === metric) === index)
    .filter(({ metric }) => metric === named || result.intervals?.[metric] !== undefined)
    .map(({ metric, limit }) => ({ metric, interval: intervalOf(result, metric, limit) }));
}

function intervalOf(result: ScenarioResult, metric: string, limit: number): Interval | null {
  const range = result.intervals?.[metric];
  if (range === undefined || range.level === null) return null;
  const { low, high, level, blocks } = range;
  return { estimate: Math.max(limit, (low + high) / 2), low, high, level, count: blocks };
}
