import { amount, choice, count, flag, list, nullable, object, text } from "./schema-builder.ts";

/** Why blocks were repeated no more. */
export interface RepetitionResult {
  /** `tight`: every interval is. `blocks`, `budget`: that limit came first. `planned`: the plan has a fixed number. */
  readonly because: "tight" | "blocks" | "budget" | "planned";
  /** Half the width of an interval, relative to its figure, at which it is tight. */
  readonly tightAt: number;
  /** About how many more blocks would make every interval tight; 0 when they are; null when it cannot be told. */
  readonly moreBlocks: number | null;
  /** The figures that are to become tight. */
  readonly figures: readonly RepeatedFigure[];
}

export interface RepeatedFigure {
  /** As in `latency.ack.p50Ms`. */
  readonly metric: string;
  /** Null with too few blocks for an interval. */
  readonly relativeHalfWidth: number | null;
  readonly isTight: boolean;
}

/** What the data say about the warm-up of one block. */
export interface WarmUpResult {
  /** What the plan gives to it: nothing before is measured. */
  readonly plannedMs: number;
  /** Where its rate and latency had settled, counted from the first request; null when they never did, or the series is too short. */
  readonly settledMs: number | null;
  /** Why there is no such instant; null when there is one. */
  readonly why: string | null;
}

export const repetitionSchema = object<RepetitionResult>("Why blocks were repeated no more.", {
  because: choice(
    "`tight`: every interval is. `blocks`, `budget`: that limit came first. `planned`: the plan has a fixed number.",
    ["tight", "blocks", "budget", "planned"],
  ),
  tightAt: amount("Half the width of an interval, relative to its figure, at which it is tight."),
  moreBlocks: nullable(
    count("About how many more blocks would make every interval tight; 0 when they are; null when unknown."),
  ),
  figures: list(
    "The figures that are to become tight.",
    object<RepeatedFigure>("One figure.", {
      metric: text("As in `latency.ack.p50Ms`."),
      relativeHalfWidth: nullable(amount("Null with too few blocks for an interval.")),
      isTight: flag("Whether it is."),
    }),
  ),
});

export const warmUpSchema = object<WarmUpResult>("What the data say about the warm-up of a block.", {
  plannedMs: amount("What the plan gives to it, milliseconds; nothing before is measured."),
  settledMs: nullable(
    amount("Where the series had settled, counted from the first request, milliseconds; null when it never did."),
  ),
  why: nullable(text("Why there is no such instant; null when there is one.")),
});
