import { expect, test } from "vitest";
import { Outcome } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import { seededRandom } from "../stats/index.ts";
import type { FaultSpan } from "./fault.ts";
import { outcomesOf } from "./outcome.ts";

const STARTED_US = 1_700_000_000_000_000;
const SECOND = 1_000_000;

interface Request {
  readonly dueUs: number;
  /** After it was due; null without an answer. */
  readonly latencyUs: number | null;
  readonly outcome: number;
}

function ledgerOf(requests: readonly Request[]): Ledger {
  return {
    startedAtUs: STARTED_US,
    count: requests.length,
    intendedUs: Int32Array.from(requests, ({ dueUs }) => dueUs),
    sentUs: Int32Array.from(requests, ({ dueUs }) => dueUs),
    answeredUs: Int32Array.from(requests, ({ dueUs, latencyUs }) => (latencyUs === null ? -1 : dueUs + latencyUs)),
    outcome: Int16Array.from(requests, ({ outcome }) => outcome),
    runIdOf: () => null,
  };
}

/** A hundred requests a second, each as `answer` says for its time in seconds. */
function load(
  seconds: number,
  answer: (atSecond: number) => { readonly ms: number | null; readonly outcome?: number },
): Request[] {
  return Array.from({ length: seconds * 100 }, (_, n) => {
    const { ms, outcome = 202 } = answer(n / 100);
    return { dueUs: n * 10_000, latencyUs: ms === null ? null : ms * 1_000, outcome };
  });
}

function span(fromSecond: number, toSecond: number): FaultSpan {
  return {
    step: { kind: "pause", at: 0, for: (toSecond - fromSecond) * 1_000 },
    beganUs: STARTED_US + fromSecond * SECOND,
    endedUs: STARTED_US + toSecond * SECOND,
  };
}

const OPEN = { isClosed: false };

function only(requests: readonly Request[], fault: FaultSpan, options = OPEN) {
  return outcomesOf(ledgerOf(requests), [fault], options)[0]!;
}

test("a fault that nobody felt has no failure, and everything is back at once", () => {
  expect(
    only(
      load(20, () => ({ ms: 5 })),
      span(5, 6),
    ),
  ).toMatchObject({
    failedRequests: 0,
    firstFailedUs: null,
    lastFailedUs: null,
    clientsMs: 0,
    rateBackMs: 0,
    p50BackMs: 0,
  });
});

test("failures count from the fault's beginning to the last of them, and rate and median are back after that", () => {
  // Refused from 5 s to 8.5 s, although the fault ended at 6 s.
  const outcome = only(
    load(20, (at) => (at >= 5 && at < 8.5 ? { ms: 2, outcome: 503 } : { ms: 5 })),
    span(5, 6),
  );
  expect(outcome).toMatchObject({
    failedRequests: 350,
    firstFailedUs: STARTED_US + 5_002_000,
    lastFailedUs: STARTED_US + 8_492_000,
    clientsMs: 3_492,
  });
  // The rate is taken over a second in which a tenth may be missing, the median over one in which half may be.
  expect(outcome.rateBackMs).toBeGreaterThanOrEqual(2_350);
  expect(outcome.rateBackMs).toBeLessThanOrEqual(2_500);
  expect(outcome.p50BackMs).toBeGreaterThanOrEqual(1_950);
  expect(outcome.p50BackMs).toBeLessThanOrEqual(2_500);
});

test("a burst of late answers is not a recovery while later requests fail", () => {
  // A pause from 5 s to 9 s: what was due by then is answered at its end at once, and then a second and a half is refused.
  const outcome = only(
    load(25, (at) => {
      if (at >= 5 && at < 9) return { ms: (9 - at) * 1_000 + 10 };
      return at >= 9 && at < 10.5 ? { ms: 2, outcome: 503 } : { ms: 5 };
    }),
    span(5, 9),
  );
  expect(outcome.failedRequests).toBe(150);
  expect(outcome.rateBackMs).toBeGreaterThanOrEqual(1_350);
  expect(outcome.rateBackMs).toBeLessThanOrEqual(1_500);
});

test("a latency that stays high after the rate is back has a time of its own", () => {
  const outcome = only(
    load(20, (at) => ({ ms: at >= 5 && at < 12 ? 80 : 5 })),
    span(5, 6),
  );
  expect(outcome).toMatchObject({ failedRequests: 0, rateBackMs: 0 });
  expect(outcome.p50BackMs).toBeGreaterThanOrEqual(5_450);
  expect(outcome.p50BackMs).toBeLessThanOrEqual(6_000);
});

test("what never came back within the load is null, and so is what there was no time to see", () => {
  expect(
    only(
      load(20, (at) => (at >= 5 ? { ms: 2, outcome: 503 } : { ms: 5 })),
      span(5, 6),
    ),
  ).toMatchObject({
    rateBackMs: null,
    p50BackMs: null,
  });
  expect(
    only(
      load(8, (at) => (at >= 5 && at < 6 ? { ms: null, outcome: Outcome.refused } : { ms: 5 })),
      span(5, 6),
    ),
  ).toMatchObject({
    failedRequests: 100,
    rateBackMs: null,
  });
});

test("without anything usual before the fault, nothing can be back", () => {
  expect(
    only(
      load(20, () => ({ ms: 5 })),
      span(0.1, 1),
    ),
  ).toMatchObject({ rateBackMs: null, p50BackMs: null });
});

test("requests that were under way when the fault began belong to it; failures before it and long after it do not", () => {
  const outcome = only(
    load(40, (at) => {
      if (at === 1) return { ms: 3, outcome: 500 };
      // Sent before the fault and reset by it; never answered, so it failed when it was due.
      if (at === 4.99) return { ms: 400, outcome: Outcome.reset };
      if (at === 5.5) return { ms: null, outcome: Outcome.timeout };
      return at === 35 ? { ms: 3, outcome: 500 } : { ms: 5 };
    }),
    span(5, 6),
  );
  expect(outcome).toMatchObject({
    failedRequests: 2,
    firstFailedUs: STARTED_US + 5_390_000,
    lastFailedUs: STARTED_US + 5_500_000,
    clientsMs: 500,
  });
});

test("of two faults, each has its own failures and its own way back, and what is usual is from before the first", () => {
  const requests = load(30, (at) => {
    if (at >= 5 && at < 6.5) return { ms: 2, outcome: 503 };
    return at >= 15 && at < 18 ? { ms: 2, outcome: 503 } : { ms: 5 };
  });
  const [first, second] = outcomesOf(ledgerOf(requests), [span(5, 6), span(15, 16)], OPEN);
  expect([first!.failedRequests, second!.failedRequests]).toEqual([150, 300]);
  expect(first!.rateBackMs).toBeLessThanOrEqual(500);
  expect(second!.rateBackMs).toBeGreaterThanOrEqual(1_850);
});

test("random arrivals that are all accepted are not taken for a loss of rate", () => {
  const random = seededRandom(11);
  const requests: Request[] = [];
  for (let at = 0; at < 20 * SECOND; at += (-Math.log(1 - random()) * SECOND) / 60)
    requests.push({ dueUs: Math.round(at), latencyUs: 5_000, outcome: 202 });
  expect(only(requests, span(5, 6))).toMatchObject({ rateBackMs: 0, p50BackMs: 0 });
});

test("a load that waits for answers is compared with its usual rate, because it comes more slowly itself", () => {
  // Ten senders: 5 ms each usually, 100 ms from the fault until 9 s.
  const requests: Request[] = [];
  for (let sender = 0; sender < 10; sender += 1)
    for (let at = sender * 500; at < 20 * SECOND;) {
      const latencyUs = at >= 5 * SECOND && at < 9 * SECOND ? 100_000 : 5_000;
      requests.push({ dueUs: at, latencyUs, outcome: 202 });
      at += latencyUs;
    }
  const outcome = only(requests, span(5, 6), { isClosed: true });
  expect(outcome.rateBackMs).toBeGreaterThanOrEqual(2_900);
  expect(outcome.rateBackMs).toBeLessThanOrEqual(3_150);
  expect(only(requests, span(5, 6), OPEN).rateBackMs).toBe(0);
});

test("no faults have no outcomes", () => {
  expect(outcomesOf(ledgerOf(load(1, () => ({ ms: 5 }))), [], OPEN)).toEqual([]);
});

test("a request that was under way when the next fault began is that one's, even if it was due before", () => {
  // From 3 to 5 s connections are refused; from 9 s on answers are swallowed, until connections are reset at 11 s.
  const requests = load(16, (at) => {
    if (at >= 3 && at < 5) return { ms: 1, outcome: Outcome.refused };
    if (at >= 8.98 && at < 11) return { ms: (11 - at) * 1_000, outcome: Outcome.reset };
    return { ms: 30 };
  });
  const [first, second] = outcomesOf(ledgerOf(requests), [span(3, 5), span(9, 11)], OPEN);
  expect(first).toMatchObject({ failedRequests: 200, rateBackMs: 0 });
  expect(first?.clientsMs).toBeCloseTo(1_991, 0);
  expect(second).toMatchObject({ failedRequests: 202, clientsMs: 2_000 });
});
