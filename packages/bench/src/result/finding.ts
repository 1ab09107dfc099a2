import { amount, choice, list, nullable, numberOrText, object, optional, text } from "./schema-builder.ts";

export interface Finding {
  readonly id: string;
  readonly rule: string;
  readonly severity: "info" | "warning" | "critical";
  readonly title: string;
  /** What was seen: every row names the scenario, the metric and its value. */
  readonly evidence: readonly {
    readonly scenario: string;
    readonly metric: string;
    readonly value: number | string;
    readonly limit?: number | string;
    /** When it was seen, in words, as in `3 blocks, 15 s`. Absent in results of before December 2026, as are `file` and `knob`. */
    readonly window?: string;
    /** Where the raw figures are, relative to the result. */
    readonly file?: string;
  }[];
  readonly cause: string;
  readonly recommendation: {
    readonly area: "code" | "architecture" | "infrastructure";
    readonly change: string;
    readonly expectedEffect: string;
    readonly effort: "small" | "medium" | "large";
    readonly risk: "low" | "medium" | "high";
    /** Larger first; how it came about is in `rankReason`. */
    readonly rank: number;
    readonly rankReason: string;
    /** The one knob that would test it, as a command; null where it is not a knob. */
    readonly experiment: string | null;
    /** The knob of the experiment: what `bench retest` turns. */
    readonly knob?: FindingKnob | null;
  };
}

export interface FindingKnob {
  readonly scenario: string;
  /** In capitals: an environment variable of MeshHook. Otherwise a setting of PostgreSQL. */
  readonly name: string;
  readonly value: string;
  /** Keys of the figures of which at least one must improve. */
  readonly improves: readonly string[];
}

type Evidence = Finding["evidence"][number];

export const knobSchema = object<FindingKnob>("The setting that tests the recommendation; null when none does.", {
  scenario: text("Scenario in which it is changed."),
  name: text("An environment variable of MeshHook (in capitals) or a setting of PostgreSQL."),
  value: text("The value to try."),
  improves: list("Figures of which at least one must improve.", text("Key of a figure, such as `work.commits`.")),
});

export const findingSchema = object<Finding>("Something a rule found in the data.", {
  id: text("Stable within a result; what `retest` takes."),
  rule: text("The rule that found it."),
  severity: choice("`critical`: the figures or the data cannot be trusted, or work was lost.", [
    "info",
    "warning",
    "critical",
  ]),
  title: text("The finding in one line."),
  evidence: list(
    "Figures that support the finding.",
    object<Evidence>("One figure.", {
      scenario: text("Scenario it comes from; `suite` for the environment."),
      metric: text("Its name."),
      value: numberOrText("Its value."),
      limit: optional(numberOrText("The value that the rule compares with.")),
      window: optional(text("When it was seen, in words.")),
      file: optional(text("File with the raw figures, relative to the result.")),
    }),
  ),
  cause: text("Why it happens."),
  recommendation: object<Finding["recommendation"]>("What to do about it.", {
    area: choice("Where the change is made.", ["code", "architecture", "infrastructure"]),
    change: text("What to change."),
    expectedEffect: text("On speed and on resources."),
    effort: choice("How much work.", ["small", "medium", "large"]),
    risk: choice("How much can go wrong.", ["low", "medium", "high"]),
    rank: amount("Larger first."),
    rankReason: text("How the rank was determined."),
    experiment: nullable(
      text("A command that tests the recommendation by changing one setting; null when no setting does."),
    ),
    knob: optional(nullable(knobSchema)),
  }),
});
