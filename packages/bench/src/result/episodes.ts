import { amount, choice, count, list, nullable, object, optional } from "./schema-builder.ts";
import { causesSchema } from "./tail.ts";
import type { CauseShare } from "./tail.ts";

/** Slow requests that belong together: one stall, however many requests it held up, is one event. */
export interface Episodes {
  /** Which latency was looked at. */
  readonly of: "ack" | "lag";
  /** A request above this is slow, milliseconds. */
  readonly slowAboveMs: number;
  readonly slow: number;
  readonly count: number;
  /** Requests that took more than a second although most of what was due meanwhile was in time: they alone were held back. */
  readonly heldAlone: number;
  /** 99th percentile without the requests of the largest episode; null when the rest does not carry it. */
  readonly p99MsWithoutLargest: number | null;
  /** The longest, at most 20, in the order of time. */
  readonly longest: readonly Episode[];
  /** Set where episodes of about the same length come back after the same time. */
  readonly period: {
    readonly everyMs: number;
    readonly lengthMs: number;
    readonly times: number;
    /** Of the time. */
    readonly share: number;
  } | null;
}

export interface Episode {
  /** Milliseconds since the first request. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly slow: number;
  /** Requests that were due meanwhile; a stall of the machine holds up nearly all of them. */
  readonly due: number;
  readonly maxMs: number | null;
  /** `outside`: the machine's own timer or disk stood still as well. `inside`: they did not. `unknown`: nobody watched them. */
  readonly origin: "inside" | "outside" | "unknown";
  /** What happened meanwhile, as shares of the time that its slow requests took beyond the median. */
  readonly causes?: readonly CauseShare[];
  /** Nothing that was watched happened meanwhile. */
  readonly unexplainedShare?: number;
}

const episode = object<Episode>("Slow requests that belong together.", {
  fromMs: amount("Milliseconds since the first request."),
  untilMs: amount("Milliseconds since the first request."),
  slow: count("Slow requests."),
  due: count("Requests that were due in this time; a stall of the machine delays nearly all of them."),
  maxMs: nullable(amount("The slowest, milliseconds; null when one had no answer.")),
  origin: choice("`outside`: the machine's own timer or disk stalled too. `inside`: they did not.", [
    "inside",
    "outside",
    "unknown",
  ]),
  causes: optional(causesSchema),
  unexplainedShare: optional(amount("Part of the excess during which nothing that was watched happened, 0 to 1.")),
});

export const episodesSchema = object<Episodes>(
  "Slow requests, grouped: one stall is one event, no matter how many requests it delayed.",
  {
    of: choice("Which latency was examined.", ["ack", "lag"]),
    slowAboveMs: amount("A request above this is slow, milliseconds."),
    slow: count("Slow requests."),
    count: count("Episodes."),
    heldAlone: count("Requests that took more than a second although most requests due in the same time were fast."),
    p99MsWithoutLargest: nullable(
      amount(
        "99th percentile without the requests of the largest episode, milliseconds; null when the rest has too few samples.",
      ),
    ),
    longest: list("The longest, at most 20, in the order of time.", episode),
    period: nullable(
      object<NonNullable<Episodes["period"]>>("Episodes of about the same length that repeat at a regular interval.", {
        everyMs: amount("From one to the next, milliseconds."),
        lengthMs: amount("Median length, milliseconds."),
        times: count("How often."),
        share: amount("Of the time, 0 to 1."),
      }),
    ),
  },
);
