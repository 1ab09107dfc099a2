import { countOf } from "../report/format.ts";
import type { ScenarioVerdict } from "../result/result.ts";
import type { ComparableResult, ComparableScenario } from "./comparable-result.ts";
import type { ComparisonReport, FigureComparison, ScenarioComparison } from "./comparison-report.ts";
import { formatChange } from "./figure-format.ts";

/** One thing that a gate looks at. */
export interface GateCheck {
  readonly name: string;
  readonly verdict: ScenarioVerdict;
  /** What is the case, in a sentence; empty where it passed and there is nothing to say. */
  readonly text: string;
}

export interface GateScenario {
  readonly name: string;
  readonly title: string;
  readonly verdict: ScenarioVerdict;
  readonly checks: readonly GateCheck[];
}

/** Whether a change may go in. */
export interface GateReport {
  readonly schemaVersion: 1;
  readonly verdict: ScenarioVerdict;
  readonly runs: number;
  /** Null without a baseline. */
  readonly comparison: Pick<ComparisonReport, "arrangement" | "baseline" | "candidate"> | null;
  readonly scenarios: readonly GateScenario[];
}

/**
 * Judges the results of a change, over all their runs and, where there is a baseline, against it.
 *
 * `failed` is only what does not come from the machine: an audit that is not clean, a gate that is missed, a figure that may gate and is
 * worse than the baseline's, or a scenario that its own run called failed in more than half of at least two runs. What a single run, or
 * less than half of them, called failed is `inconclusive`, and so is what the runs themselves called that. Where every run is void there is
 * nothing to judge.
 *
 * @param comparison  Of the same results with a baseline; null without one.
 * @throws RangeError  without results.
 */
export function judgeGate(results: readonly ComparableResult[], comparison: ComparisonReport | null): GateReport {
  if (results.length === 0) throw new RangeError("a gate needs at least one result, got none");
  const all = [...results, ...(comparison === null ? [] : [comparison])];
  const names = [...new Set(all.flatMap(({ scenarios }) => scenarios.map(({ name }) => name)))];
  const scenarios = names.map((name): GateScenario => {
    const runs = results.flatMap(({ scenarios }) => scenarios.filter((scenario) => scenario.name === name));
    const compared = comparison?.scenarios.find((scenario) => scenario.name === name);
    const checks = [
      ...(runs.length === 0 ? [] : ownChecks(runs)),
      ...(compared === undefined ? [] : comparedChecks(compared)),
    ];
    return { name, title: runs[0]?.title ?? compared?.title ?? name, verdict: worst(checks), checks };
  });
  const { arrangement, baseline, candidate } = comparison ?? {};
  return {
    schemaVersion: 1,
    verdict: worst(scenarios),
    runs: results.length,
    comparison:
      arrangement === undefined || baseline === undefined || candidate === undefined
        ? null
        : { arrangement, baseline, candidate },
    scenarios,
  };
}

function ownChecks(runs: readonly ComparableScenario[]): GateCheck[] {
  return [auditCheck(runs), ...gateChecks(runs), ownVerdictCheck(runs)];
}

function comparedChecks({ figures, why, verdict }: ScenarioComparison): GateCheck[] {
  // What makes a scenario worse as a whole, its own checks name.
  if (figures.length === 0)
    return verdict === "worse" ? [] : [{ name: "compared", verdict: "inconclusive", text: why ?? "" }];
  return figures.filter(({ mayGate }) => mayGate).map(figureCheck);
}

function auditCheck(runs: readonly ComparableScenario[]): GateCheck {
  const unclean = runs.filter(({ audit }) => !audit.isClean).length;
  return unclean === 0
    ? { name: "audit", verdict: "passed", text: "" }
    : {
        name: "audit",
        verdict: "failed",
        text: `The audit is not clean in ${ofRuns(unclean, runs)}: work was lost, duplicated or wrong.`,
      };
}

/** One check per gate that any run has. A gate without a figure was not measured, which says nothing about the change. */
function gateChecks(runs: readonly ComparableScenario[]): GateCheck[] {
  const gates = runs.flatMap(({ thresholds }) => thresholds.filter(({ kind }) => kind === "gate"));
  return [...new Set(gates.map(({ expression }) => expression))].map((expression): GateCheck => {
    const these = gates.filter((gate) => gate.expression === expression);
    const missed = these.filter(({ holds, actual }) => !holds && actual !== null);
    const unmeasured = these.filter(({ holds, actual }) => !holds && actual === null).length;
    const name = `gate ${expression}`;
    if (missed.length > 0) {
      const values = missed.map(({ actual }) => String(Number((actual ?? 0).toPrecision(3))));
      return { name, verdict: "failed", text: `It is missed in ${ofRuns(missed.length, runs)}: ${values.join(", ")}.` };
    }
    if (unmeasured > 0)
      return { name, verdict: "inconclusive", text: `It was not measured in ${ofRuns(unmeasured, runs)}.` };
    return { name, verdict: "passed", text: "" };
  });
}

/** What the runs said of themselves: limits on a quiet machine, and all else. */
function ownVerdictCheck(runs: readonly ComparableScenario[]): GateCheck {
  const count = (status: ScenarioVerdict) => runs.filter((run) => run.status === status).length;
  const name = "the runs' own verdicts";
  const [failed, voided, open] = [count("failed"), count("void"), count("inconclusive")];
  if (runs.length > 1 && 2 * failed > runs.length)
    return { name, verdict: "failed", text: `${ofRuns(failed, runs)} failed.` };
  if (voided === runs.length) return { name, verdict: "void", text: `${ofRuns(voided, runs)} are void.` };
  if (failed + voided + open === 0) return { name, verdict: "passed", text: "" };
  const parts = [
    failed > 0 ? `${String(failed)} failed` : "",
    voided > 0 ? `${String(voided)} void` : "",
    open > 0 ? `${String(open)} inconclusive` : "",
  ].filter((part) => part !== "");
  const more = failed > 0 && runs.length === 1 ? " Repeat it: one run does not confirm a failure." : "";
  return { name, verdict: "inconclusive", text: `${parts.join(", ")} of ${countOf(runs.length, "run")}.${more}` };
}

function figureCheck({ label, verdict, ratio, why }: FigureComparison): GateCheck {
  const change = ratio === null ? "" : `${formatChange(ratio.estimate)} against the baseline. `;
  return {
    name: `${label}, compared`,
    verdict: verdict === "worse" ? "failed" : verdict === "inconclusive" ? "inconclusive" : "passed",
    text: `${change}${why ?? ""}`.trim(),
  };
}

function ofRuns(count: number, runs: readonly unknown[]): string {
  return `${String(count)} of ${countOf(runs.length, "run")}`;
}

const ORDER: readonly ScenarioVerdict[] = ["failed", "void", "inconclusive", "passed"];

function worst(parts: readonly { readonly verdict: ScenarioVerdict }[]): ScenarioVerdict {
  return ORDER.find((verdict) => parts.some((part) => part.verdict === verdict)) ?? "inconclusive";
}
