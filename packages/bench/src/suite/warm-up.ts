import type { WarmUpResult } from "../result/result.ts";
import { findWarmUpEnd } from "../stats/index.ts";
import { binsOf } from "./bins.ts";
import type { Evidence } from "./evidence.ts";
import { windowsOf } from "./window.ts";

const BIN_US = 200_000;

/** Medians of a fifth of a second scatter more than a level that changes by less. */
const LEVEL_CHANGE_MIN = 0.25;

/**
 * Where a block had settled, as its whole series says afterwards: the time to the answer of a load with a rate, the rate of one with
 * senders. It is recorded beside what the plan gave to the warm-up, and moves no window: of a stall in the first half, the same rule would
 * say that the load had not settled before.
 */
export function warmUpOf(evidence: Evidence): WarmUpResult {
  const { scenario, measured } = evidence;
  const [window] = windowsOf(evidence);
  const plannedMs = (window?.fromUs ?? 0) / 1_000;
  const bins = binsOf(measured.report.ledger, { fromUs: 0, untilUs: window?.untilUs ?? 0, lengthUs: BIN_US });
  const values = bins.flatMap(({ ackMs, ackedPerSecond }) => {
    const value = scenario.load.kind === "paced" ? ackMs : ackedPerSecond;
    return value === null ? [] : [value];
  });
  if (values.length < bins.length) return { plannedMs, settledMs: null, why: "too few answers in a fifth of a second" };
  const { end, why } = findWarmUpEnd(values, LEVEL_CHANGE_MIN);
  return { plannedMs, settledMs: end === null ? null : (end * BIN_US) / 1_000, why };
}
