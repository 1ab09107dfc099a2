import { compareFigures } from "../stats/index.ts";
import type { Comparison } from "../stats/index.ts";
import type { ComparableResult, ComparableScenario } from "./comparable-result.ts";
import { arrange } from "./arrangement.ts";
import type { ArrangedRuns } from "./arrangement.ts";
import { draftFigure, finishFigure, mayGate } from "./figure-comparison.ts";
import type { FigureDraft } from "./figure-comparison.ts";
import { figuresOf } from "./figure.ts";
import type { ComparedSide, ComparisonReport, ComparisonVerdict, ScenarioComparison } from "./comparison-report.ts";
import { loadDifference, unlikenessOf, UnlikeResults } from "./likeness.ts";

/**
 * Compares the results of two versions of MeshHook, measured under the same conditions.
 *
 * Counts of work are judged in any arrangement; with fewer than four runs a side only beyond what single runs of the same code differ by.
 * Times and speeds are judged only from interleaved pairs, because the machine changes by more than most changes of the code. Alarms are
 * controlled over all figures of all scenarios.
 *
 * @param options  `varied`: settings of PostgreSQL that differ on purpose.
 * @throws UnlikeResults  when any two results were measured under different conditions.
 * @throws RangeError     when a side has no results.
 */
export function compareResults(
  baseline: readonly ComparableResult[],
  candidate: readonly ComparableResult[],
  { varied = [] }: { readonly varied?: readonly string[] } = {},
): ComparisonReport {
  const first = baseline[0];
  if (first === undefined || candidate.length === 0)
    throw new RangeError(`both sides need a result, got ${baseline.length} and ${candidate.length}`);
  for (const other of [...baseline.slice(1), ...candidate]) {
    const differences = unlikenessOf(first, other, varied);
    if (differences.length > 0) throw new UnlikeResults(differences);
  }
  const runs = arrange(baseline, candidate);
  const names = [...new Set([...baseline, ...candidate].flatMap(({ scenarios }) => scenarios.map(({ name }) => name)))];
  const drafts = names.map((name) => draftScenario(name, runs));
  const all = drafts.flatMap(({ figures }) => figures);
  // What is not judged raises no alarm, so it does not count among the figures over which alarms are controlled.
  const judged = new Map([
    ...judgeTogether(all.filter(({ figure }) => mayGate(figure, runs.arrangement))),
    ...judgeTogether(all.filter(({ figure }) => !mayGate(figure, runs.arrangement))),
  ]);
  const scenarios = drafts.map(({ figures, ...scenario }): ScenarioComparison => {
    const compared = figures.map((draft) => finishFigure(draft, judged.get(draft) ?? null, runs.arrangement));
    return {
      ...scenario,
      verdict: scenario.verdict ?? worst(compared.map(({ verdict }) => verdict)),
      figures: compared,
    };
  });
  return {
    schemaVersion: 1,
    verdict: worst(scenarios.map(({ verdict }) => verdict)),
    arrangement: runs.arrangement,
    baseline: describeSide(runs.baseline),
    candidate: describeSide(runs.candidate),
    scenarios,
  };
}

function judgeTogether(drafts: readonly FigureDraft[]): [FigureDraft, Comparison][] {
  const complete = drafts.flatMap((draft) => (draft.input === null ? [] : [{ draft, input: draft.input }]));
  const comparisons = compareFigures(complete.map(({ input }) => input));
  return complete.flatMap(({ draft }, index): [FigureDraft, Comparison][] => {
    const comparison = comparisons[index];
    return comparison === undefined ? [] : [[draft, comparison]];
  });
}

interface ScenarioDraft {
  readonly name: string;
  readonly title: string;
  /** Set where no figure decides. */
  readonly verdict: ComparisonVerdict | null;
  readonly why: string | null;
  readonly figures: readonly FigureDraft[];
}

function draftScenario(name: string, runs: ArrangedRuns): ScenarioDraft {
  const of = (result: ComparableResult) => result.scenarios.find((scenario) => scenario.name === name);
  const sides = { baseline: runs.baseline.map(of), candidate: runs.candidate.map(of) };
  const all = [...sides.baseline, ...sides.candidate].filter((scenario) => scenario !== undefined);
  const [example, ...others] = all;
  const title = example?.title ?? name;
  const without = (why: string, verdict: ComparisonVerdict = "inconclusive"): ScenarioDraft => ({
    name,
    title,
    verdict,
    why,
    figures: [],
  });
  const missing = (["baseline", "candidate"] as const).find((side) => sides[side].every((each) => each === undefined));
  if (example === undefined || missing !== undefined)
    return without(`The ${missing ?? "baseline"} has no such scenario.`);
  for (const other of others) {
    const difference = loadDifference(example, other);
    if (difference !== null) return without(difference);
  }
  const lost = (side: readonly (ComparableScenario | undefined)[]) =>
    side.some((each) => each?.audit.isClean === false);
  if (lost(sides.baseline)) return without("The audit of the baseline is not clean, so its figures mean nothing.");
  if (lost(sides.candidate))
    return without("The audit of the candidate is not clean: work was lost, duplicated or wrong.", "worse");

  const pairs = runs.pairs.map((pair) => [of(pair.baseline), of(pair.candidate)] as const).filter(areBothUsable);
  const usable = { baseline: sides.baseline.filter(isUsable), candidate: sides.candidate.filter(isUsable) };
  if (usable.baseline.length === 0 || usable.candidate.length === 0)
    return without("No run of one side is valid: they are void, or the load generator does not back them.");
  const missed = gatesMissed(usable.candidate).filter((gate) => !gatesMissed(usable.baseline).includes(gate));
  if (missed.length > 0)
    return without(
      `The candidate misses what the baseline holds: ${missed.map((gate) => `\`${gate}\``).join(", ")}.`,
      "worse",
    );
  const figures = figuresOf(example).flatMap((figure) => {
    const draft = draftFigure(figure, runs.arrangement === "interleaved" ? pairs : null, usable);
    return draft === null ? [] : [draft];
  });
  return { name, title, verdict: figures.length === 0 ? "inconclusive" : null, why: null, figures };
}

/**
 * The gates that these runs miss. One refused request is one too many. Counts of work scatter in short runs by which batch was counted when,
 * and are compared with their intervals anyway: of those, more than half of the runs must miss the gate.
 */
function gatesMissed(scenarios: readonly ComparableScenario[]): readonly string[] {
  const missed = scenarios.flatMap(({ thresholds }) =>
    thresholds.filter(({ kind, holds, actual }) => kind === "gate" && !holds && actual !== null),
  );
  const times = Map.groupBy(missed, ({ expression }) => expression);
  return [...times].flatMap(([expression, { length }]) =>
    !expression.startsWith("work.") || 2 * length > scenarios.length ? [expression] : [],
  );
}

/** Figures of a void scenario answer nothing, and those that the generator does not back are its own. */
function isUsable(scenario: ComparableScenario | undefined): scenario is ComparableScenario {
  return scenario !== undefined && scenario.status !== "void" && scenario.generator.isBacked;
}

function areBothUsable(
  pair: readonly [ComparableScenario | undefined, ComparableScenario | undefined],
): pair is readonly [ComparableScenario, ComparableScenario] {
  return pair.every(isUsable);
}

/** A change for the worse anywhere outweighs all else; `same` is said only where everything is the same. */
function worst(verdicts: readonly ComparisonVerdict[]): ComparisonVerdict {
  if (verdicts.includes("worse")) return "worse";
  if (verdicts.includes("better")) return "better";
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === "same") ? "same" : "inconclusive";
}

function describeSide(results: readonly ComparableResult[]): ComparedSide {
  const revisions = results.flatMap(({ commit }) =>
    commit === null ? [] : [`${commit.revision.slice(0, 10)}${commit.isDirty ? "+" : ""}`],
  );
  const starts = results.map(({ startedAtMs }) => startedAtMs);
  return {
    runs: results.length,
    revisions: [...new Set(revisions)],
    meshhook: [...new Set(results.map(({ environment }) => environment.meshhook))],
    fromMs: Math.min(...starts),
    untilMs: Math.max(...results.map(({ finishedAtMs }) => finishedAtMs)),
  };
}
