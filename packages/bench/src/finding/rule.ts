import type { BenchResult, Finding, ScenarioResult } from "../result/result.ts";

export type Evidence = Finding["evidence"][number];

/** What a rule recommends, whatever the figures of a finding are. */
export type Advice = Pick<Finding["recommendation"], "area" | "change" | "expectedEffect" | "effort" | "risk">;

/** One setting that would show whether the advice helps. */
export interface Knob {
  /** In capitals: an environment variable of MeshHook. Otherwise a setting of PostgreSQL. */
  readonly name: string;
  readonly value: string;
  /** Keys of the figures that the advice promises to improve, as in `work.commits`: at least one of them must. */
  readonly improves: readonly string[];
}

/** What a rule says when it fires; `findBottlenecks` adds id, advice and rank. */
export interface Diagnosis {
  readonly severity: Finding["severity"];
  readonly title: string;
  readonly evidence: readonly Evidence[];
  readonly cause: string;
  /** Where the advice differs in this case. */
  readonly advice?: Partial<Advice>;
  /** The scenario in which to turn the knob; absent where it would not help in this case. */
  readonly tryIn?: string;
  /** In this case, another knob than the rule's. */
  readonly knob?: Knob;
  /**
   * Share of the affected figure (time, CPU, throughput) that the change could take away at most, 0 to 1; and which figure
   * that is. Findings are ranked by it.
   */
  readonly effect: { readonly share: number; readonly of: string };
}

/** Looks for one kind of problem in a whole result. Pure; returns at most one diagnosis, with evidence from every scenario. */
export interface Rule {
  /** Stable; the finding's id. */
  readonly name: string;
  /** What it looks for, in one sentence. */
  readonly looksFor: string;
  readonly advice: Advice;
  /** Absent where no setting tests the advice. */
  readonly knob?: Knob;
  /**
   * Whether the recommendation rests on times or shares of this machine. If so, the rule does not see disturbed scenarios: a stall of a
   * shared disk must not lead to "more writers".
   */
  readonly needsQuietMachine?: true;
  diagnose(result: BenchResult): Diagnosis | null;
}

/** Whether the scenario offers a rate that the system should handle with ease: an open model without a fault. */
export function isNominal(scenario: ScenarioResult): boolean {
  // A search ends at MeshHook's limit.
  return scenario.load.model === "open" && scenario.group !== "fault" && scenario.search === undefined;
}

/** Mean CPU share of a named process over the measured time; 1 is one core. 0 when the process did not run. */
export function cpuShareOf(scenario: ScenarioResult, process: string): number {
  const seconds = scenario.load.durationMs / 1000;
  const used = scenario.resources.find((resources) => resources.name === process)?.cpuSeconds ?? 0;
  return seconds === 0 ? 0 : used / seconds;
}

/** The same of the busiest process where MeshHook was several: each has one event loop. */
export function busiestShareOf(scenario: ScenarioResult): number {
  const busiest = scenario.resources.find(({ name }) => name === "meshhook")?.busiestShare;
  return busiest ?? cpuShareOf(scenario, "meshhook");
}

/** Rows of the series within the measured time of any block; the first and last second may be partial and are left out. */
export function measuredSeries(scenario: ScenarioResult): ScenarioResult["series"] {
  const { warmupMs, durationMs } = scenario.load;
  const parts = scenario.blocks ?? [{ fromMs: warmupMs, untilMs: warmupMs + durationMs }];
  return scenario.series.filter(({ second }) =>
    parts.some(({ fromMs, untilMs }) => second >= fromMs / 1000 && second + 1 <= untilMs / 1000),
  );
}

/** All phases whose name contains one of the words, as one: their means and shares add up. */
export function phaseOf(
  scenario: ScenarioResult,
  words: readonly string[],
): { readonly meanMs: number; readonly p50Ms: number; readonly share: number } {
  const matching = scenario.phases.filter(({ name }) => words.some((word) => name.toLowerCase().includes(word)));
  return {
    meanMs: matching.reduce((sum, phase) => sum + phase.meanMs, 0),
    p50Ms: matching.reduce((sum, phase) => sum + phase.p50Ms, 0),
    share: matching.reduce((sum, phase) => sum + phase.share, 0),
  };
}

/** The largest of the values, or zero for none. */
export function largest(values: readonly number[]): number {
  return Math.max(0, ...values);
}

/** Thresholds of a kind of figure that were measured and do not hold. */
export function missed(scenario: ScenarioResult, prefix: string): ScenarioResult["thresholds"] {
  return scenario.thresholds.filter(
    ({ expression, holds, actual }) => !holds && actual !== null && expression.startsWith(prefix),
  );
}
