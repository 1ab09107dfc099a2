import type { RunTimes } from "../audit/run-times.ts";
import { isAccepted } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import type { Evidence } from "./evidence.ts";
import type { WindowEdge } from "./measured-load.ts";

/** A measured part of a load. */
export interface Window {
  /** Microseconds of the ledger. */
  readonly fromUs: number;
  readonly untilUs: number;
}

/** The counters at about the beginning and the end of a window. */
export interface Edges {
  readonly from: WindowEdge;
  readonly until: WindowEdge;
}

/**
 * The measured part of each block. By intended time, and fixed before anything in it can be late: a paced load's by its plan, a
 * saturating one's from the instant at which its warm-up was found to be over.
 */
export function windowsOf({ scenario: { load }, measured, joined }: Evidence): readonly Window[] {
  if (joined !== undefined) return joined.windows;
  if (load.kind === "paced") {
    const fromUs = load.warmupMs * 1_000;
    return [{ fromUs, untilUs: fromUs + load.durationMs * 1_000 }];
  }
  const { report, from, until, window } = measured;
  return [window ?? { fromUs: from.atUs - report.startedAtUs, untilUs: until.atUs - report.startedAtUs }];
}

/** The readings that belong to each block. */
export function edgesOf({ measured, joined }: Evidence): readonly Edges[] {
  return joined?.edges ?? [measured];
}

export function isWithin(us: number | undefined, windows: readonly Window[]): boolean {
  return us !== undefined && windows.some(({ fromUs, untilUs }) => us >= fromUs && us < untilUs);
}

export function secondsOf(windows: readonly Window[]): number {
  return windows.reduce((sum, { fromUs, untilUs }) => sum + untilUs - fromUs, 0) / 1e6;
}

/** What happened within the windows: each thing by its own instant. */
export function countWindows(
  ledger: Ledger,
  runs: readonly RunTimes[],
  windows: readonly Window[],
): { sent: number; acked: number; completed: number } {
  const counts = { sent: 0, acked: 0, completed: 0 };
  for (let n = 0; n < ledger.count; n += 1) {
    if (isWithin(ledger.sentUs[n], windows)) counts.sent += 1;
    if (isWithin(ledger.answeredUs[n], windows) && isAccepted(ledger.outcome[n] ?? 0)) counts.acked += 1;
  }
  for (const run of runs) {
    if (run.doneUs !== null && isWithin(run.doneUs - ledger.startedAtUs, windows)) counts.completed += 1;
  }
  return counts;
}
