import type { Comparison } from "../stats/index.ts";
import type { Arrangement } from "./arrangement.ts";
import type { Figure } from "./figure.ts";

export type ComparisonVerdict = Comparison["verdict"];

/** One figure of both sides. */
export interface FigureComparison extends Pick<Figure, "key" | "label" | "unit" | "isBetter"> {
  /** Whether a change for the worse may stop a change of the code: a count of work, or a time from interleaved pairs. */
  readonly mayGate: boolean;
  /** Geometric means over the runs; null where a side does not have the figure. */
  readonly baseline: number | null;
  readonly candidate: number | null;
  readonly verdict: ComparisonVerdict;
  /** Candidate ÷ baseline; null where a side does not have the figure. The interval is null with too few runs for one. */
  readonly ratio: { readonly estimate: number; readonly low: number | null; readonly high: number | null } | null;
  /** Pairs, or runs of the smaller side. */
  readonly count: number;
  /** What keeps it open; null where the verdict is clear. */
  readonly why: string | null;
}

export interface ScenarioComparison {
  readonly name: string;
  readonly title: string;
  readonly verdict: ComparisonVerdict;
  /** Why there are no figures, or what else decided; null when the figures decide. */
  readonly why: string | null;
  readonly figures: readonly FigureComparison[];
}

/** One side of a comparison. */
export interface ComparedSide {
  readonly runs: number;
  /** Revisions, with a `+` where the checkout had changes; empty outside checkouts. */
  readonly revisions: readonly string[];
  readonly meshhook: readonly string[];
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A whole comparison. */
export interface ComparisonReport {
  readonly schemaVersion: 1;
  readonly verdict: ComparisonVerdict;
  readonly arrangement: Arrangement;
  readonly baseline: ComparedSide;
  readonly candidate: ComparedSide;
  readonly scenarios: readonly ScenarioComparison[];
}
