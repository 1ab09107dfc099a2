import type { Ledger } from "../../load/ledger.ts";

/** Ledgers behind each other: the requests of the second are numbered on from the first's, and its times moved by its offset. */
export function joinLedgers(ledgers: readonly Ledger[], offsetsUs: readonly number[]): Ledger {
  const count = ledgers.reduce((sum, ledger) => sum + ledger.count, 0);
  const joined = {
    intendedUs: new Int32Array(count),
    sentUs: new Int32Array(count),
    answeredUs: new Int32Array(count),
    outcome: new Int16Array(count),
  };
  let requests = 0;
  const firsts = ledgers.map((ledger, index) => {
    const first = requests;
    const offsetUs = offsetsUs[index] ?? 0;
    for (const name of ["intendedUs", "sentUs", "answeredUs"] as const)
      // What did not happen has no time.
      joined[name].set(
        ledger[name].subarray(0, ledger.count).map((us) => (us < 0 ? us : us + offsetUs)),
        first,
      );
    joined.outcome.set(ledger.outcome.subarray(0, ledger.count), first);
    requests += ledger.count;
    return { first, ledger };
  });
  return {
    startedAtUs: ledgers[0]?.startedAtUs ?? 0,
    count,
    ...joined,
    runIdOf: (n) => {
      const part = firsts.findLast(({ first }) => first <= n);
      return part === undefined ? null : part.ledger.runIdOf(n - part.first);
    },
  };
}
