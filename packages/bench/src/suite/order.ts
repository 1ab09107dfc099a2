import type { RunTimes } from "../audit/run-times.ts";
import type { Ledger } from "../load/ledger.ts";
import type { Effect } from "../load/sink/sink.ts";
import type { ClockCheck } from "../result/result.ts";

export interface OrderInput {
  readonly ledger: Ledger;
  readonly runs: readonly RunTimes[];
  readonly effects: readonly Effect[] | null;
  /** Arrival of the last line at a viewer, by run; null without viewers. */
  readonly lastLineUs: ReadonlyMap<string, number> | null;
  /** Instants this close to each other may come in any order: the clocks are not better than that. */
  readonly toleranceUs: number;
}

/** Pairs of instants in the one order that cannot be. */
export interface ImpossibleOrders {
  /** Every kind, in words; null without any. */
  readonly all: string | null;
  /** Kinds in which MeshHook's own clock takes part, which nobody can compare from outside; in words. */
  readonly ofUnknownClock: string | null;
  /** Answers, calls and last lines that were sent before the commit they depend on. */
  readonly beforeCommit: number;
  readonly beforeCommitDetails: readonly string[];
}

/** Where the clocks were not compared, they are taken to agree within a millisecond, as those of one machine do. */
const UNKNOWN_US = 1_000;
const FLOOR_US = 500;
/** A delivery's own time may come from a clock of milliseconds, read at an instant that nobody knows, and corrected now and then. */
const SYSTEM_CLOCK_US = 5_000;

export function orderToleranceUs(clocks: readonly ClockCheck[]): number {
  if (clocks.length === 0) return UNKNOWN_US;
  return clocks.reduce(
    // Two of them may be off in opposite directions.
    (most, { offsetUs, uncertaintyUs }) => Math.max(most, 2 * Math.abs(offsetUs) + uncertaintyUs),
    FLOOR_US,
  );
}

/** Counts what happened before its own cause. One is enough to be sure; where it is a clock, nearly all are. */
export function impossibleOrders({ ledger, runs, effects, lastLineUs, toleranceUs }: OrderInput): ImpossibleOrders {
  const received = { early: 0, late: 0 };
  const early = { answer: 0, call: 0, line: 0 };
  const firstEffectUs = new Map<string, number>();
  for (const { runId, atUs } of effects ?? []) if (!firstEffectUs.has(runId)) firstEffectUs.set(runId, atUs);
  const isBefore = (us: number | undefined, causeUs: number, slackUs = toleranceUs) =>
    us !== undefined && us < causeUs - slackUs;
  const looseUs = Math.max(toleranceUs, SYSTEM_CLOCK_US);
  for (const { n, runId, receivedUs, ackedUs } of runs) {
    const [sentUs = -1, answeredUs = -1] = [ledger.sentUs[n], ledger.answeredUs[n]];
    if (sentUs >= 0 && isBefore(receivedUs, ledger.startedAtUs + sentUs, looseUs)) received.early += 1;
    if (isBefore(ackedUs, receivedUs, looseUs)) received.late += 1;
    const isAnswered = answeredUs >= 0 && (ledger.outcome[n] ?? 0) >= 200 && (ledger.outcome[n] ?? 0) < 300;
    if (isAnswered && isBefore(ledger.startedAtUs + answeredUs, ackedUs)) early.answer += 1;
    if (isBefore(firstEffectUs.get(runId), ackedUs)) early.call += 1;
    if (isBefore(lastLineUs?.get(runId), ackedUs)) early.line += 1;
  }
  const say = (count: number, what: string) => (count === 0 ? [] : [`${String(count)} ${what}`]);
  const unknown = [
    ...say(received.early, "deliveries were received before they were sent"),
    ...say(received.late, "deliveries were committed before they were received"),
  ];
  const details = [
    ...say(early.answer, "answers arrived before their delivery was committed"),
    ...say(early.call, "calls arrived before the delivery they depend on was committed"),
    ...say(early.line, "last lines arrived before their delivery was committed"),
  ];
  const join = (lines: readonly string[]) => (lines.length === 0 ? null : lines.join("; "));
  return {
    all: join([...unknown, ...details]),
    ofUnknownClock: join(unknown),
    beforeCommit: early.answer + early.call + early.line,
    beforeCommitDetails: details,
  };
}
