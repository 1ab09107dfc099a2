import {
  amount,
  choice,
  constant,
  count,
  flag,
  list,
  nullable,
  number,
  object,
  text,
} from "../result/schema-builder.ts";
import type { Schema } from "../result/schema-builder.ts";
import type { ComparedSide, ComparisonReport, FigureComparison, ScenarioComparison } from "./comparison-report.ts";

const VERDICTS = ["better", "same", "worse", "inconclusive"] as const;

const side = object<ComparedSide>("One side.", {
  runs: count("Runs."),
  revisions: list(
    "Revisions that ran, with `+` where the checkout had changes; empty outside checkouts.",
    text("One revision."),
  ),
  meshhook: list("Versions of MeshHook.", text("One version.")),
  fromMs: amount("Start of the first run, Unix milliseconds."),
  untilMs: amount("End of the last run, Unix milliseconds."),
});

const figureComparisonSchema: Schema<FigureComparison> = object<FigureComparison>("One figure of both sides.", {
  key: text("Such as `latency.ack.p99Ms`."),
  label: text("Name for people."),
  unit: choice("Unit of the values.", ["ms", "bytes", "per second", "per run"]),
  isBetter: choice("Which way is good.", ["lower", "higher"]),
  mayGate: flag("Whether a change for the worse may stop a change of the code."),
  baseline: nullable(amount("Geometric mean over the baseline's runs; null when the baseline has no such figure.")),
  candidate: nullable(amount("The same of the candidate.")),
  verdict: choice(
    "How the candidate relates to the baseline, held against the smallest change that matters.",
    VERDICTS,
  ),
  ratio: nullable(
    object<NonNullable<FigureComparison["ratio"]>>("Candidate ÷ baseline; null when a side has no such figure.", {
      estimate: amount("The ratio."),
      low: nullable(number("Lower end of its 95 % interval; null with too few runs for one.")),
      high: nullable(number("Upper end of it.")),
    }),
  ),
  count: count("Pairs, or runs of the smaller side."),
  why: nullable(text("What keeps the verdict open; null when it is clear.")),
});

/** The schema of a comparison, for documents that contain one. */
export const comparisonSchema: Schema<ComparisonReport> = object<ComparisonReport>(
  "Every figure of both sides, compared.",
  {
    schemaVersion: constant("Version of this schema.", 1),
    verdict: choice("The worst of the scenarios.", VERDICTS),
    arrangement: choice("In which order the runs were made.", ["interleaved", "one after the other", "single runs"]),
    baseline: side,
    candidate: side,
    scenarios: list(
      "One for each scenario.",
      object<ScenarioComparison>("One scenario.", {
        name: text("Its name."),
        title: text("Its name for people."),
        verdict: choice("The worst of its figures.", VERDICTS),
        why: nullable(text("Why there are no figures, or what else decided; null when the figures decide.")),
        figures: list("The figures.", figureComparisonSchema),
      }),
    ),
  },
);
