import { totalShare } from "../load/sink/target.ts";
import type { Delay, TargetMix } from "../load/sink/target.ts";
import { choice, either, isObject, list, made, number, object, optional, variants } from "../shape/shape.ts";
import type { Shape } from "../shape/shape.ts";
import { duration, size } from "../shape/units.ts";

const time = (description: string) => duration(description, { maxMs: 600_000 });

const delay: Shape<Delay> = either<Delay>(
  "How long the answer takes: a duration, or a distribution.",
  [
    {
      has: (value) => typeof value === "string",
      shape: made(time("Always the same."), (fixed): Delay => ({ kind: "fixed", time: fixed })),
    },
    {
      has: isObject,
      shape: variants("A distribution.", "kind", {
        uniform: object("Anything between two durations, with equal chance.", {
          min: time("The shortest."),
          max: time("The longest."),
        }),
        exponential: object("Memoryless, as of independent arrivals at a queue.", {
          mean: time("The mean."),
          max: time("Where it is cut off."),
        }),
        lognormal: object("The usual form of a service's answering times.", {
          median: time("Half of the answers take less."),
          p99: time("One in a hundred takes longer."),
          max: time("Where it is cut off."),
        }),
      }),
    },
  ],
  {
    expected: "a duration or a distribution",
    remedy: "Write, for example, 50ms, or { kind: uniform, min: 10ms, max: 90ms }.",
  },
);

const share = optional(number("Its share of the calls.", { min: 0.000_001, max: 1 }), 1);
const status = number("The HTTP status.", { min: 200, max: 599, isWhole: true });

const behaviour = variants("What a call meets.", "kind", {
  answer: object("A complete answer.", {
    share,
    status: optional(status, 200),
    delay: optional(delay, null),
    retryAfter: optional(number("The header retry-after, in seconds.", { min: 0, max: 86_400, isWhole: true }), null),
  }),
  hang: object("No answer; the connection stays open.", { share }),
  drip: object("A complete answer, one byte at a time.", {
    share,
    status: optional(status, 200),
    bytes: size("The body's size.", { min: 1, max: 1_000_000 }),
    every: time("The pause between bytes."),
  }),
  huge: object("A complete answer with status 200 and a huge JSON body.", {
    share,
    bytes: size("The body's size.", { min: 2, max: 1_000_000_000 }),
    framing: optional(choice("Whether the length is told before.", ["length", "chunked"]), "length" as const),
  }),
  broken: object("Bytes that are not HTTP, or not as HTTP says.", {
    share,
    how: choice("What is wrong.", [
      "not-http",
      "short-body",
      "bad-chunk",
      "two-lengths",
      "endless-head",
      "closed-at-once",
      "bad-json",
    ]),
  }),
  reset: object("The connection is reset.", {
    share,
    when: optional(choice("After how much of an answer.", ["at-once", "in-head", "in-body"]), "at-once" as const),
  }),
  stale: object("A complete answer with status 200; then the connection is closed although it was to be kept.", {
    share,
    after: optional(time("How long after the answer."), 0),
  }),
});

const mix: Shape<TargetMix> = made(list("Behaviours, whose shares add up to 1.", behaviour, 1), (behaviours, at) => {
  const total = totalShare(behaviours);
  return total === 1
    ? behaviours
    : at.report(`The shares add up to ${String(total)} instead of 1.`, "Change a share so that they do.");
});

/** What a target does, as a scenario file has it: a mix for the first attempt of a call, for the second, …; the last holds for all later ones. */
export const targetAttempts: Shape<readonly TargetMix[]> = list(
  "What a call meets at its first attempt, at its second, and so on; the last mix holds for all later ones.",
  mix,
  1,
);
