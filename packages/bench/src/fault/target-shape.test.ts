import { expect, test } from "vitest";
import { checkTargetPlan } from "../load/sink/target.ts";
import { Place } from "../shape/mistake.ts";
import { targetAttempts } from "./target-shape.ts";

function read(value: unknown) {
  const place = new Place();
  const result = targetAttempts.read(value, place);
  return { result, mistakes: place.mistakes.map(({ path, message, remedy }) => `${path}: ${message} ${remedy}`) };
}

test("every behaviour and every delay is read, and the sink takes the plan", () => {
  const { result, mistakes } = read([
    [
      { kind: "answer", share: 0.3, status: 429, retryAfter: 2 },
      { kind: "answer", share: 0.1, delay: "50ms" },
      { kind: "answer", share: 0.1, delay: { kind: "lognormal", median: "20ms", p99: "200ms", max: "1s" } },
      { kind: "hang", share: 0.1 },
      { kind: "drip", share: 0.1, bytes: "1kB", every: "5ms" },
      { kind: "huge", share: 0.1, bytes: "50MB", framing: "chunked" },
      { kind: "broken", share: 0.1, how: "bad-chunk" },
      { kind: "reset", share: 0.05, when: "in-body" },
      { kind: "stale", share: 0.05 },
    ],
    [{ kind: "answer" }],
  ]);
  expect(mistakes).toEqual([]);
  if (typeof result === "symbol") throw new Error("The plan was not read.");
  expect(result[0]).toEqual([
    { kind: "answer", share: 0.3, status: 429, delay: null, retryAfter: 2 },
    { kind: "answer", share: 0.1, status: 200, delay: { kind: "fixed", time: 50 }, retryAfter: null },
    {
      kind: "answer",
      share: 0.1,
      status: 200,
      delay: { kind: "lognormal", median: 20, p99: 200, max: 1_000 },
      retryAfter: null,
    },
    { kind: "hang", share: 0.1 },
    { kind: "drip", share: 0.1, status: 200, bytes: 1_000, every: 5 },
    { kind: "huge", share: 0.1, bytes: 50_000_000, framing: "chunked" },
    { kind: "broken", share: 0.1, how: "bad-chunk" },
    { kind: "reset", share: 0.05, when: "in-body" },
    { kind: "stale", share: 0.05, after: 0 },
  ]);
  expect(result[1]).toEqual([{ kind: "answer", share: 1, status: 200, delay: null, retryAfter: null }]);
  checkTargetPlan({ seed: 1, attempts: result });
});

test("what is wrong is told with its place", () => {
  expect(
    read([
      [{ kind: "answer", share: 0.5 }],
      [{ kind: "anwser" }, { kind: "answer", status: 99, delay: 50 }, { kind: "broken", how: "odd" }],
      [],
    ]).mistakes,
  ).toEqual([
    "[0]: The shares add up to 0.5 instead of 1. Change a share so that they do.",
    '[1][0].kind: "anwser" is not one of answer, hang, drip, huge, broken, reset, stale. Did you mean "answer"?',
    "[1][1].status: 99 is not a whole number from 200 to 599. Write a whole number within these bounds, without quotation marks.",
    "[1][1].delay: 50 is not a duration or a distribution. Write, for example, 50ms, or { kind: uniform, min: 10ms, max: 90ms }.",
    '[1][2].how: "odd" is not one of not-http, short-body, bad-chunk, two-lengths, endless-head, closed-at-once, bad-json. Use one of not-http, short-body, bad-chunk, two-lengths, endless-head, closed-at-once, bad-json.',
    "[2]: [] is not a list of at least 1. Write one element per line, each after a hyphen.",
  ]);
});
