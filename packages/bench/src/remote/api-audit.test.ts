import { expect, test } from "vitest";
import { Outcome } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import { auditByApi, timesByApi } from "./api-audit.ts";
import type { ListedRun } from "./api-audit.ts";

const STARTED_US = 1_700_000_000_000_000;

/** Request `n` was due at `n` seconds, sent 1 ms later and answered 5 ms later; accepted ones were told run `n`. */
function ledgerOf(outcomes: readonly number[], told: (n: number) => string = (n) => `run-${String(n)}`): Ledger {
  const at = (ms: number) => Int32Array.from(outcomes, (_, n) => n * 1_000_000 + ms * 1_000);
  return {
    startedAtUs: STARTED_US,
    count: outcomes.length,
    intendedUs: at(0),
    sentUs: at(1),
    answeredUs: at(5),
    outcome: Int16Array.from(outcomes),
    runIdOf: (n) => (outcomes[n] === 202 ? told(n) : null),
  };
}

function runOf(n: number, changes: Partial<ListedRun> = {}): ListedRun {
  const finishedAt = new Date(1_000 + 250).toISOString();
  return {
    id: `run-${String(n)}`,
    status: "succeeded",
    startedAt: new Date(1_000).toISOString(),
    finishedAt,
    ...changes,
  };
}

function audit(
  ledger: Ledger,
  runs: readonly ListedRun[],
  requests: { readonly [id: string]: number } = {},
  repeats = 1,
) {
  const requestOf = (id: string) => Promise.resolve(requests[id] ?? null);
  return auditByApi({ ledger, runs, expected: { status: "succeeded", repeats }, requestOf });
}

test("a healthy load is clean", async () => {
  expect(await audit(ledgerOf([202, 503, 202]), [runOf(0), runOf(2)])).toMatchObject({
    isClean: true,
    sent: 3,
    accepted: 2,
    rejected: 1,
    runs: 2,
    finished: 2,
    details: [],
  });
});

test("an accepted request without its run is lost, and so is one of two that were told the same run", async () => {
  expect(await audit(ledgerOf([202, 202]), [runOf(0)])).toMatchObject({ isClean: false, lost: 1 });
  const shared = ledgerOf([202, 202], () => "run-0");
  expect(await audit(shared, [runOf(0)])).toMatchObject({ isClean: false, lost: 1 });
  // Two requests of one delivery have one run.
  expect(await audit(shared, [runOf(0)], {}, 2)).toMatchObject({ isClean: true, lost: 0, accepted: 2 });
});

test("a run that nobody was told about is a duplicate, a phantom, or what an unanswered request became", async () => {
  const extra = runOf(7, { id: "extra" });
  const ledger = ledgerOf([202, Outcome.timeout, 503, 500]);
  expect(await audit(ledger, [runOf(0), extra], { extra: 0 })).toMatchObject({ isClean: false, duplicated: 1 });
  for (const n of [2, 99]) {
    expect(await audit(ledger, [runOf(0), extra], { extra: n })).toMatchObject({ isClean: false, phantom: 1 });
  }
  expect(await audit(ledger, [runOf(0), extra])).toMatchObject({ isClean: false, phantom: 1 });
  for (const n of [1, 3]) {
    expect(await audit(ledger, [runOf(0), extra], { extra: n })).toMatchObject({
      isClean: true,
      details: ["1 requests without a clear answer became a run, each exactly once"],
    });
  }
  const twice = [runOf(0), extra, runOf(8, { id: "another" })];
  expect(await audit(ledger, twice, { extra: 1, another: 1 })).toMatchObject({ isClean: false, duplicated: 1 });
});

test("a run without an end is stuck, and one with another end is not clean", async () => {
  const open = runOf(0, { status: "running", finishedAt: null });
  expect(await audit(ledgerOf([202]), [open])).toMatchObject({ isClean: false, stuck: 1, finished: 0 });
  expect(await audit(ledgerOf([202]), [runOf(0, { status: "failed" })])).toMatchObject({
    isClean: false,
    details: ["1 runs did not end as succeeded"],
  });
});

test("a run is over as long after its send as it took by the target's clock, and no earlier than its answer", () => {
  const quick = runOf(1, { finishedAt: new Date(1_001).toISOString() });
  const [first, second, third] = timesByApi(ledgerOf([202, 202, 202, 500]), [
    runOf(0),
    quick,
    runOf(2, { status: "running", finishedAt: null }),
  ]);
  expect(first).toMatchObject({ n: 0, doneUs: STARTED_US + 1_000 + 250_000 });
  expect(second).toMatchObject({ n: 1, doneUs: STARTED_US + 1_005_000, ackedUs: STARTED_US + 1_005_000 });
  expect(third).toMatchObject({ n: 2, doneUs: null });
});
