import { logAverage } from "simple-statistics";
import type { Comparison, ComparisonInput, Pair } from "../stats/index.ts";
import type { ComparableScenario } from "./comparable-result.ts";
import type { Arrangement } from "./arrangement.ts";
import type { FigureComparison } from "./comparison-report.ts";
import type { Figure } from "./figure.ts";

/** The values of a figure on both sides, before they are judged together with all others. */
export interface FigureDraft {
  readonly figure: Figure;
  /** Null where a side does not have the figure. */
  readonly input: ComparisonInput | null;
  readonly baseline: readonly number[];
  readonly candidate: readonly number[];
}

/**
 * Collects the values of a figure; null where neither side has it.
 *
 * @param pairs  Of interleaved runs; null when they were not.
 */
export function draftFigure(
  figure: Figure,
  pairs: readonly (readonly [baseline: ComparableScenario, candidate: ComparableScenario])[] | null,
  sides: { readonly baseline: readonly ComparableScenario[]; readonly candidate: readonly ComparableScenario[] },
): FigureDraft | null {
  const { isBetter, minimumEffect } = figure;
  const read = (scenario: ComparableScenario) => {
    const value = figure.read(scenario);
    // A ratio needs more than nothing on both sides.
    return value === null || !(value > 0) ? [] : [value];
  };
  const groups = { baseline: sides.baseline.flatMap(read), candidate: sides.candidate.flatMap(read) };
  if (groups.baseline.length === 0 && groups.candidate.length === 0) return null;
  if (groups.baseline.length === 0 || groups.candidate.length === 0) return { figure, input: null, ...groups };
  if (pairs === null) return { figure, input: { runs: groups, isBetter, minimumEffect }, ...groups };
  const runs = pairs.flatMap(([left, right]): Pair[] => {
    const [[baseline], [candidate]] = [read(left), read(right)];
    return baseline === undefined || candidate === undefined ? [] : [{ baseline, candidate }];
  });
  // Means over the pairs, so that they agree with the ratio.
  const paired = { baseline: runs.map(({ baseline }) => baseline), candidate: runs.map(({ candidate }) => candidate) };
  return { figure, input: { runs, isBetter, minimumEffect }, ...(runs.length === 0 ? groups : paired) };
}

/** Whether a change for the worse in a figure may stop a change of the code: counts of work in any order, all else from pairs only. */
export function mayGate({ tolerance }: Figure, arrangement: Arrangement): boolean {
  return tolerance !== null || arrangement === "interleaved";
}

/** Turns a judged figure into what a report says about it. */
export function finishFigure(
  { figure, baseline: left, candidate: right }: FigureDraft,
  comparison: Comparison | null,
  arrangement: Arrangement,
): FigureComparison {
  const { key, label, unit, isBetter, minimumEffect, tolerance } = figure;
  const [baseline, candidate] = [meanOf(left), meanOf(right)];
  const isJudged = mayGate(figure, arrangement);
  const shown = {
    key,
    label,
    unit,
    isBetter,
    mayGate: isJudged,
    baseline,
    candidate,
    count: Math.min(left.length, right.length),
  };
  if (baseline === null || candidate === null) {
    const side = baseline === null ? "baseline" : "candidate";
    return { ...shown, ratio: null, verdict: "inconclusive", why: `The ${side} has no such figure.` };
  }
  const measured = comparison?.ratio ?? null;
  const ratio = {
    estimate: measured?.estimate ?? candidate / baseline,
    low: measured?.low ?? null,
    high: measured?.high ?? null,
  };
  if (!isJudged) return { ...shown, ratio, verdict: "inconclusive", why: "Needs interleaved runs." };
  if (measured === null && tolerance !== null)
    return { ...shown, ratio, ...judgeByTolerance(ratio.estimate, { isBetter, minimumEffect, tolerance }) };
  const verdict = comparison?.verdict ?? "inconclusive";
  const why = verdict === "inconclusive" ? whyOpen(comparison?.missing ?? null, arrangement) : null;
  return { ...shown, ratio, verdict, why };
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : logAverage([...values]);
}

/** With too few runs for an interval, what counts is how far single runs of the same code differ. */
function judgeByTolerance(
  ratio: number,
  { isBetter, minimumEffect, tolerance }: Pick<Figure, "isBetter" | "minimumEffect"> & { readonly tolerance: number },
): Pick<FigureComparison, "verdict" | "why"> {
  if (Math.abs(Math.log(ratio)) > Math.log1p(tolerance))
    return { verdict: ratio < 1 === (isBetter === "lower") ? "better" : "worse", why: null };
  if (tolerance <= minimumEffect) return { verdict: "same", why: null };
  const share = String(Math.round(100 * tolerance));
  return { verdict: "inconclusive", why: `Within the ${share} % by which single runs of the same code differ.` };
}

function whyOpen(missing: number | null, arrangement: Arrangement): string {
  const [one, many] = arrangement === "interleaved" ? ["pair", "pairs"] : ["run on each side", "runs on each side"];
  if (missing === null) return `The spread is too large: more than 1,000 more ${many} would be needed.`;
  return `Needs about ${String(missing)} more ${missing === 1 ? one : many}.`;
}
