import { isAccepted, Outcome } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import type { Answers, Outage } from "../result/result.ts";
import { refusalOf } from "../scenario/deliveries.ts";
import type { FaultSpan } from "../fault/fault.ts";
import type { FaultOutcome } from "../fault/outcome.ts";
import { mayShed, mayStayUnsent } from "../scenario/load.ts";
import { numberInBlock } from "./evidence.ts";
import type { Evidence } from "./evidence.ts";

/** What fails this long after the beginning of a fault has another cause. */
const OUTAGE_US_MAX = 20_000_000;

/** Counts what became of every request that was due. 503 is allowed only where the load is meant to be too much. */
export function answersOf(evidence: Evidence): Answers {
  const { scenario, faults } = evidence;
  const { ledger } = evidence.measured.report;
  const counts = { accepted: 0, shed: 0, rejected: 0, unanswered: 0, refused: 0, unsent: 0 };
  let unexpected = 0;
  const isAllowed = (kind: keyof typeof counts) =>
    (kind === "shed" && mayShed(scenario.load)) || (kind === "unsent" && mayStayUnsent(scenario.load));
  for (let n = 0; n < ledger.count; n += 1) {
    const kind = kindOf(ledger.outcome[n] ?? Outcome.pending);
    counts[kind] += 1;
    const refusal = refusalOf(scenario.deliveries, numberInBlock(evidence, n));
    // To take what is wrong is as bad as to refuse what is right.
    const isRight = refusal === null ? kind === "accepted" : ledger.outcome[n] === refusal;
    if (isRight || isAllowed(kind)) continue;
    if (!faults.some((fault) => isOfOutage(ledger, n, fault))) unexpected += 1;
  }
  const failed = ledger.count - counts.accepted;
  return {
    due: ledger.count,
    ...counts,
    failed,
    failedShare: ledger.count === 0 ? 0 : failed / ledger.count,
    unexpected,
  };
}

/** From a fault to the last request that failed because of it: the longest of several, with the requests of all. */
export function outageOf(outcomes: readonly FaultOutcome[]): Outage | null {
  if (outcomes.length === 0) return null;
  return {
    clientsMs: Math.max(...outcomes.map(({ clientsMs }) => clientsMs)),
    failedRequests: outcomes.reduce((sum, { failedRequests }) => sum + failedRequests, 0),
    downMs: Math.max(...outcomes.map(({ beganUs, endedUs }) => (endedUs - beganUs) / 1_000)),
    rateBackMs: longest(outcomes.map(({ rateBackMs }) => rateBackMs)),
    p50BackMs: longest(outcomes.map(({ p50BackMs }) => p50BackMs)),
  };
}

/** Null when any of them is: what was not seen may have taken forever. */
function longest(values: readonly (number | null)[]): number | null {
  return values.includes(null) ? null : Math.max(...values.map((value) => value ?? 0));
}

/** Under way when the fault began, or due while it lasted or soon after. */
function isOfOutage(ledger: Ledger, n: number, { beganUs, endedUs }: FaultSpan): boolean {
  const [intendedUs = 0, answeredUs = -1] = [ledger.intendedUs[n], ledger.answeredUs[n]];
  const fromUs = beganUs - ledger.startedAtUs;
  const lastUs = answeredUs < 0 ? intendedUs : answeredUs;
  const lengthUs = Math.max(OUTAGE_US_MAX, endedUs - beganUs + OUTAGE_US_MAX / 2);
  return lastUs >= fromUs && intendedUs < fromUs + lengthUs;
}

function kindOf(outcome: number): "accepted" | "shed" | "rejected" | "unanswered" | "refused" | "unsent" {
  if (isAccepted(outcome)) return "accepted";
  if (outcome === 503) return "shed";
  if (outcome >= 100) return "rejected";
  if (outcome === Outcome.unsent) return "unsent";
  return outcome === Outcome.refused ? "refused" : "unanswered";
}

/**
 * Whether requests stayed unsent because the target held every connection, and not because the generator itself stood still: at the
 * instant a request was given up, (nearly) all connections carried one without an answer.
 */
export function wereConnectionsExhausted(ledger: Ledger, inFlightMax: number, unsentAfterUs: number): boolean {
  const unsent: number[] = [];
  for (let n = 0; n < ledger.count; n += 1) if (ledger.outcome[n] === Outcome.unsent) unsent.push(n);
  const tried = [unsent[0], unsent[Math.floor(unsent.length / 2)], unsent.at(-1)];
  return tried.some((n) => {
    if (n === undefined) return false;
    const atUs = (ledger.intendedUs[n] ?? 0) + unsentAfterUs / 2;
    let inFlight = 0;
    for (let other = 0; other < n; other += 1) {
      const [sentUs = -1, answeredUs = -1] = [ledger.sentUs[other], ledger.answeredUs[other]];
      if (sentUs >= 0 && sentUs <= atUs && (answeredUs < 0 || answeredUs > atUs)) inFlight += 1;
    }
    return inFlight >= 0.9 * inFlightMax;
  });
}
