import { amount, number, object, text } from "./schema-builder.ts";

export interface Disturbance {
  readonly metric: string;
  readonly value: number;
  readonly limit: number;
  /** In words. */
  readonly text: string;
}

/** One clock against the benchmark's, by the quickest of several exchanges. */
export interface ClockCheck {
  readonly of: string;
  /** Positive: the other clock is ahead. The larger of the figures before and after the load. */
  readonly offsetUs: number;
  /** Half of the exchange that it was read in. */
  readonly uncertaintyUs: number;
}

export const disturbanceSchema = object<Disturbance>("A sign that others used the machine, or that it was slow.", {
  metric: text("What was measured."),
  value: number("Its value."),
  limit: number("Beyond this it counts as a disturbance."),
  text: text("In words."),
});

export const clockSchema = object<ClockCheck>(
  "One clock compared with the benchmark's, using the fastest of several exchanges.",
  {
    of: text("Whose clock."),
    offsetUs: number("Positive: the other clock is ahead, microseconds."),
    uncertaintyUs: amount("Half the duration of the exchange that read it, microseconds."),
  },
);
