import { expect, test } from "vitest";
import type { FaultSpan } from "../fault/fault.ts";
import type { FaultStep } from "../fault/step.ts";
import type { Effect } from "../load/sink/sink.ts";
import type { TargetBehaviour } from "../load/sink/target.ts";
import type { Expectation } from "./audit-input.ts";
import { repeatsWithoutCause } from "./repeats.ts";

const GOOD: TargetBehaviour = { kind: "answer", status: 200, delay: { kind: "fixed", time: 50 } };
const RETRIED: Pick<Expectation, "attemptsMax" | "isOnceOnly"> = { attemptsMax: 4, isOnceOnly: false };
const network = { direction: null, toxicity: 1 } as const;

/** One call that arrives at these seconds, each time with what it met there. */
function call(arrivals: readonly (number | readonly [second: number, behaviour: TargetBehaviour])[]): Effect[] {
  return arrivals.map((arrival, index) => {
    const [second, behaviour] = typeof arrival === "number" ? [arrival, GOOD] : arrival;
    return { runId: "run", key: "key", atUs: second * 1e6, body: "", attempt: index + 1, behaviour };
  });
}

function span(step: FaultStep, fromSecond: number, untilSecond: number): FaultSpan {
  return { step, beganUs: fromSecond * 1e6, endedUs: untilSecond * 1e6 };
}

function extraOf(effects: readonly Effect[], faults: readonly FaultSpan[], of: Partial<Expectation> = {}): number {
  const expected: Expectation = {
    payloads: 1,
    repeats: 1,
    status: "succeeded",
    callsPerRun: 1,
    callOf: null,
    ...RETRIED,
    ...of,
  };
  return repeatsWithoutCause({ effects, faults, expected }).reduce((sum, { extra }) => sum + extra, 0);
}

const KILL = span({ kind: "kill-9", at: 0, down: 500 }, 10, 11);

test("a repeat that neither a fault nor the target explains is one too many, however often the workflow would try", () => {
  expect(extraOf(call([1]), [])).toBe(0);
  expect(extraOf(call([1, 2]), [])).toBe(1);
  expect(extraOf(call([1, 2, 3]), [])).toBe(2);
});

test("a kill explains one repeat of a call that was under way, and none long before or after it", () => {
  expect(extraOf(call([9.9, 11.2]), [KILL])).toBe(0);
  expect(extraOf(call([9.9, 11.2, 11.4]), [KILL])).toBe(1);
  expect(extraOf(call([8, 9]), [KILL])).toBe(1);
  expect(extraOf(call([30, 31]), [KILL])).toBe(1);
  const later = span({ kind: "kill-9", at: 0, down: 500 }, 12, 13);
  expect(extraOf(call([9.9, 11.2, 13.1]), [KILL, later])).toBe(0);
});

test("what the target did not answer well may be tried again, as often as the workflow says", () => {
  for (const bad of [
    { kind: "answer", status: 503 },
    { kind: "hang" },
    { kind: "reset", when: "at-once" },
    { kind: "broken", how: "bad-chunk" },
    { kind: "answer", status: 200, delay: { kind: "fixed", time: 20_000 } },
  ] as const) {
    expect(extraOf(call([[1, bad], [2, bad], [3, bad], 4]), [])).toBe(0);
    expect(extraOf(call([[1, bad], [2, bad], [3, bad], [4, bad], 5]), [])).toBe(1);
  }
  expect(extraOf(call([[1, { kind: "answer", status: 500 }], 2, 3]), [])).toBe(1);
});

test("the target's link loses answers, as often as the workflow tries; the senders' link loses none", () => {
  const cut = (link: "client" | "target") => [span({ kind: "down", link, at: 0, for: 4_000 }, 10, 14)];
  expect(extraOf(call([10, 11, 12, 13]), cut("target"))).toBe(0);
  expect(extraOf(call([10, 11, 12, 13, 13.5]), cut("target"))).toBe(1);
  expect(extraOf(call([10, 11]), cut("client"))).toBe(1);
});

test("a database that is out of reach explains one repeat, and one more for each tenure; a held transaction none", () => {
  const full = [span({ kind: "disk-full", at: 0, for: 6_000 }, 10, 16)];
  expect(extraOf(call([9, 12, 15, 17]), full)).toBe(0);
  expect(extraOf(call([9, 11, 12, 15, 17]), full)).toBe(1);
  const slow = [
    span({ kind: "latency", link: "database", at: 0, for: 2_000, delay: 20, jitter: 0, ...network }, 10, 12),
  ];
  expect(extraOf(call([9, 11, 13]), slow)).toBe(0);
  expect(extraOf(call([9, 11, 12, 13]), slow)).toBe(1);
  expect(extraOf(call([9, 11]), [span({ kind: "held-transaction", at: 0, for: 2_000 }, 10, 12)])).toBe(1);
});

test("what may happen at most once has no excuse", () => {
  expect(extraOf(call([9.9, 11.2]), [KILL], { isOnceOnly: true })).toBe(1);
  expect(extraOf(call([[1, { kind: "answer", status: 503 }], 2]), [], { isOnceOnly: true })).toBe(1);
});
