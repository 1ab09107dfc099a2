import type { AbResult } from "../ab/ab-result.ts";
import type { FigureComparison } from "../compare/comparison-report.ts";
import { formatChange } from "../compare/figure-format.ts";
import { countOf } from "../report/format.ts";
import type { Finding, FindingKnob } from "../result/result.ts";
import type { Retest, RetestFigure } from "../result/retest.ts";

export interface JudgedRetest {
  readonly finding: Pick<Finding, "id" | "title">;
  readonly knob: FindingKnob;
  /** Of the knob without the change; null where it is not known. */
  readonly from: string | null;
  /** Id of the result that the finding is of; null when no result showed it. */
  readonly result: string | null;
  /** The knob against the configuration as it was, in interleaved blocks. */
  readonly ab: AbResult;
}

/**
 * Says whether turning a knob did what its recommendation promises, and by how much. Pure.
 *
 * Confirmed by one promised figure that is better while no other promised one leans to the worse; refuted when all of them are the same or worse, when work was lost or a gate missed.
 */
export function judgeRetest({ finding, knob, from, result, ab }: JudgedRetest): Retest {
  const { environment } = ab;
  const [scenario] = ab.comparison.scenarios;
  const figures = (scenario?.figures ?? []).map(({ key, label, ratio, verdict }): RetestFigure => {
    const changeOf = (value: number | null | undefined) => (value === null || value === undefined ? null : value - 1);
    return {
      key,
      label,
      change: changeOf(ratio?.estimate),
      low: changeOf(ratio?.low),
      high: changeOf(ratio?.high),
      verdict,
      isExpected: knob.improves.includes(key),
    };
  });
  const { outcome, text } = outcomeOf(ab, figures);
  const blocks = [...ab.a.blocks, ...ab.b.blocks];
  return {
    schemaVersion: 1,
    kind: "retest",
    finding: finding.id,
    title: finding.title,
    result,
    knob,
    from,
    outcome,
    text: `${knob.name}=${knob.value}${from === null ? "" : ` instead of ${from}`} in ${knob.scenario}: ${text}`,
    figures,
    pairs: validPairs(scenario?.figures ?? []),
    blocks: blocks.length,
    disturbedBlocks: blocks.filter(({ disturbances }) => disturbances.length > 0).length,
    startedAtMs: ab.startedAtMs,
    finishedAtMs: ab.finishedAtMs,
    command: ab.command,
    commit: ab.b.commit,
    machine: {
      cpuModel: environment.host.cpuModel,
      cores: environment.host.cores,
      node: environment.node,
      postgres: environment.postgres.version,
      meshhook: environment.meshhook,
      fingerprint: environment.fingerprint,
    },
  };
}

function outcomeOf(ab: AbResult, figures: readonly RetestFigure[]): Pick<Retest, "outcome" | "text"> {
  const [scenario] = ab.comparison.scenarios;
  if (ab.verdict === "void") return { outcome: "inconclusive", text: "no block of one side is valid." };
  if (scenario?.verdict === "worse" && figures.length === 0)
    return { outcome: "refuted", text: scenario.why ?? "it is worse." };
  const expected = figures.filter(({ isExpected }) => isExpected);
  const better = expected.filter(({ verdict }) => verdict === "better");
  const worse = figures.filter(({ verdict }) => verdict === "worse");
  const price = worse.length === 0 ? "" : `, at the price of ${listed(worse)}`;
  const isLowerBetter = new Set(
    (scenario?.figures ?? []).flatMap(({ key, isBetter }) => (isBetter === "lower" ? [key] : [])),
  );
  const leaning = figures.filter((figure) => leansToWorse(figure, isLowerBetter.has(figure.key)));
  const warning = leaning.length === 0 ? "" : ` Looks worse, but is not decided: ${listed(leaning)}.`;
  // What a promised figure gains confirms nothing while another promised one seems to lose.
  if (better.length > 0 && !leaning.some(({ isExpected }) => isExpected))
    return { outcome: "confirmed", text: `${listed(better)}${price}.${warning}` };
  if (better.length > 0) return { outcome: "inconclusive", text: `${listed(better)}${price}.${warning}` };
  const open = expected.filter(({ verdict }) => verdict === "inconclusive");
  if (expected.length > 0 && open.length === 0)
    return {
      outcome: "refuted",
      text: `${listed(expected)}, which is not an improvement that matters${worse.some(({ isExpected }) => !isExpected) ? price : ""}.${warning}`,
    };
  const pairs = countOf(validPairs(scenario?.figures ?? []), "valid pair");
  return {
    outcome: "inconclusive",
    text:
      expected.length === 0
        ? (scenario?.why ?? "none of the figures that should improve was measured.")
        : `${listed(open)}; the spread over ${pairs} is too large to tell${price}.${warning}`,
  };
}

/** Pairs in which the generator backed both blocks; a percentile that a block is too short for has fewer. */
function validPairs(figures: readonly FigureComparison[]): number {
  return Math.max(0, ...figures.map(({ count }) => count));
}

/** Whether the whole interval of a figure that is not decided lies on its bad side. */
function leansToWorse({ verdict, low, high }: RetestFigure, isLowerBetter: boolean): boolean {
  if (verdict !== "inconclusive" || low === null || high === null) return false;
  return isLowerBetter ? low > 0 : high < 0;
}

/** `commits per run −18 % [−22 %, −14 %] and …`. */
function listed(figures: readonly RetestFigure[]): string {
  return figures
    .map(({ label, change, low, high }) => {
      if (change === null) return `${label} not measured`;
      const interval = low === null || high === null ? "" : ` [${formatChange(1 + low)}, ${formatChange(1 + high)}]`;
      return `${label} ${formatChange(1 + change)}${interval}`;
    })
    .join(" and ");
}
