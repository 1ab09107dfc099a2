import type { SimulatedDatabase } from "./database.ts";
import type { Operators } from "./operators.ts";
import type { Senders } from "./sender.ts";
import type { TargetLedger } from "./target.ts";

/** How often something happened that a simulation is for: what never happens is not tested. */
export interface Sights {
  readonly runs: number;
  readonly takeovers: number;
  readonly parked: number;
  readonly unknownDeliveries: number;
  readonly repeatedDeliveries: number;
  readonly unknownAppends: number;
  readonly fencedRows: number;
  readonly onceOnlyCalls: number;
  readonly lostAnswers: number;
  readonly repeatedCalls: number;
  readonly cancels: number;
  readonly loops: number;
  readonly signalsAccepted: number;
  readonly signalsRepeated: number;
  readonly signalsTooLate: number;
  readonly signalFacts: number;
  readonly timeouts: number;
  readonly children: number;
  readonly childrenCanceled: number;
  readonly held: number;
  readonly begun: number;
  readonly handedOver: number;
  readonly replays: number;
  readonly resumes: number;
  readonly scheduled: number;
  readonly pauses: number;
}

export function sightsOf(all: {
  readonly database: SimulatedDatabase;
  readonly ledger: TargetLedger;
  readonly senders: Senders;
  readonly operators: Operators;
  readonly trace: readonly string[];
}): Sights {
  const { database, ledger, operators, senders, trace } = all;
  const rows = [...database.rows.values()].flat();
  const told = senders.sendings.flatMap((sending) => sending.told);
  const countLines = (part: string): number => trace.filter((line) => line.includes(part)).length;
  const countRows = (part: string): number => rows.filter(({ facts }) => facts.includes(part)).length;
  return {
    runs: database.rows.size,
    takeovers: countLines(": has shards"),
    parked: rows.filter(({ parkedUntil }) => parkedUntil !== undefined).length,
    unknownDeliveries: told.filter(({ kind }) => kind === "unknown").length,
    repeatedDeliveries: told.filter(({ kind }) => kind === "duplicate").length,
    unknownAppends: countLines("append unknown"),
    fencedRows: countLines(": fenced"),
    onceOnlyCalls: countRows('"kind":"intent"'),
    lostAnswers: countRows('"outcome_unknown"'),
    repeatedCalls: [...ledger.sent.values()].filter((times) => times > 1).length,
    cancels: countRows('"kind":"cancel"'),
    loops: countRows('"iteration":'),
    signalsAccepted: operators.signals.filter(({ acceptedAtUs }) => acceptedAtUs !== null).length,
    signalsRepeated: countLines(": repeated"),
    signalsTooLate: trace.filter((line) => line.includes(" signal ") && line.endsWith(": finished")).length,
    signalFacts: countRows('"kind":"signal"'),
    timeouts: countRows('"kind":"timeout"'),
    children: countRows('"kind":"child"'),
    childrenCanceled: countRows("which started it, no longer waits for it"),
    held: countRows('"held":true'),
    begun: countRows('"kind":"begin"'),
    handedOver: countLines(": hands a delivery over"),
    replays: countRows('"kind":"replay"'),
    resumes: countRows('"kind":"resume"'),
    scheduled: countRows('"kind":"schedule"'),
    pauses: countLines("paused: true"),
  };
}
