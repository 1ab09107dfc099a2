import { isAccepted } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";

/** A stretch of a load. */
export interface Bin {
  /** Answers 2xx that came within it, per second. */
  readonly ackedPerSecond: number;
  /** Median time to the answer of what was due within it, milliseconds; null with too few. */
  readonly ackMs: number | null;
}

/** A median of fewer is any of them. */
const REQUESTS_MIN = 5;

/** A load in stretches of equal length, from one instant to another; microseconds of the ledger. A last part of one is left out. */
export function binsOf(
  ledger: Ledger,
  { fromUs, untilUs, lengthUs }: { readonly fromUs: number; readonly untilUs: number; readonly lengthUs: number },
): readonly Bin[] {
  const bins = Array.from({ length: Math.max(0, Math.floor((untilUs - fromUs) / lengthUs)) }, () => ({
    acked: 0,
    latencies: [] as number[],
  }));
  const at = (us: number) => bins[Math.floor((us - fromUs) / lengthUs)];
  for (let n = 0; n < ledger.count; n += 1) {
    if (!isAccepted(ledger.outcome[n] ?? 0)) continue;
    const [intendedUs = 0, answeredUs = 0] = [ledger.intendedUs[n], ledger.answeredUs[n]];
    const answered = at(answeredUs);
    if (answered !== undefined) answered.acked += 1;
    at(intendedUs)?.latencies.push(answeredUs - intendedUs);
  }
  return bins.map(({ acked, latencies }) => ({
    ackedPerSecond: (acked * 1e6) / lengthUs,
    ackMs: latencies.length < REQUESTS_MIN ? null : middle(latencies) / 1_000,
  }));
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
