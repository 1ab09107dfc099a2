import type { Expectation } from "../audit/audit-input.ts";
import type { RunTimes } from "../audit/run-times.ts";
import { isAccepted, isUnknown, Outcome } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import type { Audit } from "../result/result.ts";

/** A run in the API's list. */
export interface ListedRun {
  readonly id: string;
  readonly status: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

export interface ApiAuditInput {
  readonly ledger: Ledger;
  /** Every run of the scenario's workflow. */
  readonly runs: readonly ListedRun[];
  readonly expected: Pick<Expectation, "status" | "repeats">;
  /** The number of the request that a run was made from; null where its delivery carries none. */
  readonly requestOf: (runId: string) => Promise<number | null>;
}

/** What an audit without the database does not see, for the notes of a scenario. */
export const UNSEEN =
  "Audited over the API, without the database: the order of a run's rows, their commits and the calls of runs were not looked at.";

/** Runs that nobody was told about are looked at one by one, up to this many. */
const LOOKED_AT_MAX = 500;

/**
 * Joins the sender's ledger with the list of runs: what was accepted has its run, every run has its request, every run has its end. The
 * counts mean the same as those of the audit in the database.
 */
export async function auditByApi({ ledger, runs, expected, requestOf }: ApiAuditInput): Promise<Audit> {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const told = new Set<string>();
  const accepted = new Map<number, string>();
  const details: string[] = [];
  const counts = { accepted: 0, rejected: 0, unknown: 0, unsent: 0 };
  let lost = 0;
  for (let n = 0; n < ledger.count; n += 1) {
    const outcome = ledger.outcome[n] ?? Outcome.pending;
    if (outcome === Outcome.unsent || outcome === Outcome.refused) counts.unsent += 1;
    if (isUnknown(outcome)) counts.unknown += 1;
    if (outcome >= 300 || outcome === Outcome.refused) counts.rejected += 1;
    if (!isAccepted(outcome)) continue;
    counts.accepted += 1;
    const runId = ledger.runIdOf(n);
    const delivery = Math.floor(n / expected.repeats);
    const other = accepted.get(delivery);
    // Two deliveries that were told one run: one of them is lost.
    const isTaken = runId !== null && told.has(runId) && other !== runId;
    if (runId === null || !byId.has(runId) || isTaken) {
      lost += 1;
      if (lost <= 3) details.push(`lost: request ${String(n)}, run ${runId ?? "not named"}`);
      continue;
    }
    told.add(runId);
    accepted.set(delivery, runId);
  }
  const untold = runs.filter(({ id }) => !told.has(id));
  const { duplicated, phantom, became } = await explainUntold(
    untold,
    { ledger, accepted, expected, requestOf },
    details,
  );
  const stuck = runs.filter(({ status }) => status === "running").length;
  const wrong = runs.filter(({ status }) => status !== "running" && status !== expected.status).length;
  if (stuck > 0) details.push(`stuck: ${String(stuck)} runs`);
  if (wrong > 0) details.push(`${String(wrong)} runs did not end as ${expected.status}`);
  if (became > 0) details.push(`${String(became)} requests without a clear answer became a run, each exactly once`);
  return {
    isClean: lost + duplicated + phantom + stuck + wrong === 0,
    sent: ledger.count - counts.unsent,
    accepted: counts.accepted,
    rejected: counts.rejected,
    unknown: counts.unknown,
    runs: runs.length,
    finished: runs.length - stuck,
    lost,
    duplicated,
    outOfOrder: 0,
    stuck,
    phantom,
    effects: 0,
    effectRepeats: 0,
    effectsMissing: 0,
    effectsUnexpected: 0,
    effectsWrong: 0,
    beforeCommit: 0,
    resultsChecked: 0,
    resultsWrong: 0,
    details,
  };
}

/** Runs that no accepted request was told about: of requests without a clear answer, or too many. */
async function explainUntold(
  untold: readonly ListedRun[],
  of: Pick<ApiAuditInput, "ledger" | "expected" | "requestOf"> & { readonly accepted: ReadonlyMap<number, string> },
  details: string[],
): Promise<{ readonly duplicated: number; readonly phantom: number; readonly became: number }> {
  const { ledger, accepted, expected, requestOf } = of;
  const found = { duplicated: 0, phantom: 0, became: 0 };
  const seen = new Set<number>();
  for (const { id } of untold.slice(0, LOOKED_AT_MAX)) {
    const n = await requestOf(id);
    const outcome = n === null ? null : (ledger.outcome[n] ?? null);
    const delivery = n === null ? -1 : Math.floor(n / expected.repeats);
    const kind =
      n === null || n >= ledger.count || outcome === null
        ? "phantom"
        : accepted.has(delivery) || seen.has(delivery)
          ? "duplicated"
          : isUnknown(outcome) || (outcome >= 500 && outcome !== 503)
            ? "became"
            : "phantom";
    seen.add(delivery);
    found[kind] += 1;
    if (kind !== "became" && found[kind] <= 3)
      details.push(`${kind}: run ${id}, request ${n === null ? "not named" : String(n)}`);
  }
  const rest = untold.length - LOOKED_AT_MAX;
  if (rest > 0) {
    found.phantom += rest;
    details.push(`phantom: ${String(rest)} more runs that no sender was told about, which were not looked at`);
  }
  return found;
}

/**
 * When runs were over, as far as the API tells: the length of a run is by the target's own clock, and it is laid from the instant at which
 * its request was sent. A run is over no earlier than its sender has the answer.
 */
export function timesByApi(ledger: Ledger, runs: readonly ListedRun[]): RunTimes[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const times: RunTimes[] = [];
  for (let n = 0; n < ledger.count; n += 1) {
    const runId = isAccepted(ledger.outcome[n] ?? 0) ? ledger.runIdOf(n) : null;
    const run = runId === null ? undefined : byId.get(runId);
    // Requests of one delivery share their run; it is over once.
    if (runId === null || run === undefined || !byId.delete(runId)) continue;
    const sentUs = ledger.startedAtUs + (ledger.sentUs[n] ?? 0);
    const answeredUs = ledger.startedAtUs + (ledger.answeredUs[n] ?? 0);
    const tookUs =
      run.finishedAt === null ? null : Math.max(0, (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) * 1_000);
    times.push({
      n,
      runId,
      receivedUs: sentUs,
      ackedUs: answeredUs,
      doneUs: tookUs === null ? null : Math.max(answeredUs, sentUs + tookUs),
    });
  }
  return times;
}
