import { isAccepted, Outcome } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import type { Answers, Outage } from "../result/result.ts";
import { refusalOf } from "../scenario/deliveries.ts";
import { mayShed, mayStayUnsent } from "../scenario/load.ts";
import { numberInBlock } from "./evidence.ts";
import type { Evidence } from "./evidence.ts";

/** A fault: Unix microseconds of the kill and of the new process' start. */
export interface Restart {
  readonly killedUs: number;
  readonly startedUs: number;
}

/** What fails this long after the kill has another cause. */
const OUTAGE_US_MAX = 20_000_000;

/** Counts what became of every request that was due. 503 is allowed only where the load is meant to be too much. */
export function answersOf(evidence: Evidence): Answers {
  const { scenario, restarts } = evidence;
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
    if (!restarts.some((restart) => isOfOutage(ledger, n, restart))) unexpected += 1;
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

/** From a kill to the last request that failed because of it: the longest of several, with the requests of all. */
export function outageOf(ledger: Ledger, restarts: readonly Restart[]): Outage | null {
  const outages = restarts.map((restart) => outageOfOne(ledger, restart));
  if (outages.length === 0) return null;
  return {
    clientsMs: Math.max(...outages.map(({ clientsMs }) => clientsMs)),
    failedRequests: outages.reduce((sum, { failedRequests }) => sum + failedRequests, 0),
    downMs: Math.max(...outages.map(({ downMs }) => downMs)),
  };
}

function outageOfOne(ledger: Ledger, restart: Restart): Outage {
  let failedRequests = 0;
  let lastUs = restart.killedUs;
  for (let n = 0; n < ledger.count; n += 1) {
    if (isAccepted(ledger.outcome[n] ?? 0) || !isOfOutage(ledger, n, restart)) continue;
    failedRequests += 1;
    lastUs = Math.max(lastUs, ledger.startedAtUs + Math.max(ledger.intendedUs[n] ?? 0, ledger.answeredUs[n] ?? 0));
  }
  return {
    clientsMs: (lastUs - restart.killedUs) / 1_000,
    failedRequests,
    downMs: (restart.startedUs - restart.killedUs) / 1_000,
  };
}

/** Under way at the kill, or due soon after it. */
function isOfOutage(ledger: Ledger, n: number, restart: Restart): boolean {
  const [intendedUs = 0, answeredUs = -1] = [ledger.intendedUs[n], ledger.answeredUs[n]];
  const killedUs = restart.killedUs - ledger.startedAtUs;
  const endedUs = answeredUs < 0 ? intendedUs : answeredUs;
  return endedUs >= killedUs && intendedUs < killedUs + OUTAGE_US_MAX;
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
