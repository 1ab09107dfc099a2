import { LedgerWriter, Outcome } from "../load/ledger.ts";

/** A request as a driver noted it; times are Unix microseconds. */
export interface DrivenRequest {
  /** The number in its address: `?n=<number>`. */
  readonly n: number;
  /** When it was due; null where that is not known. */
  readonly intendedUs: number | null;
  /** Null when it was never written to a connection. */
  readonly sentUs: number | null;
  readonly answeredUs: number;
  /** As in `Ledger`. */
  readonly outcome: number;
  /** Empty when the answer named none. */
  readonly runId: string;
}

/** What a driver did with a load. */
export interface DrivenLoad {
  /** The beginning of the schedule, Unix microseconds. */
  readonly startedAtUs: number;
  /** In any order; each number once. */
  readonly requests: readonly DrivenRequest[];
  /** When those were due that were never sent; Unix microseconds. */
  readonly unsentUs: readonly number[];
}

/**
 * Writes the ledger of a load that another program sent. Every number up to the highest has a row: one that the program never reported may or
 * may not have been sent, so it stays pending. Unsent requests come last, because the program gave them no number.
 */
export function writeDrivenLedger({ startedAtUs, requests, unsentUs }: DrivenLoad, path: string): void {
  const ledger = new LedgerWriter();
  const since = (us: number) => Math.max(0, Math.round(us - startedAtUs));
  let lastUs = 0;
  for (const request of requests.toSorted((a, b) => a.n - b.n)) {
    const { n, intendedUs, sentUs, answeredUs, outcome, runId } = request;
    while (ledger.count < n) ledger.open(lastUs);
    // A number that comes twice is two sends with one identity: the second has no row of its own, and its run is found as a duplicate.
    if (ledger.count > n) continue;
    lastUs = since(intendedUs ?? sentUs ?? answeredUs);
    ledger.open(lastUs);
    if (sentUs !== null) ledger.sent(n, Math.max(lastUs, since(sentUs)));
    ledger.close(n, Math.max(lastUs, since(answeredUs)), outcome, runId);
  }
  for (const dueUs of unsentUs) ledger.close(ledger.open(since(dueUs)), -1, Outcome.unsent, "");
  ledger.write(path, startedAtUs);
}
