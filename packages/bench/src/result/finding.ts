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
  };
}

type Evidence = Finding["evidence"][number];

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
  }),
});
