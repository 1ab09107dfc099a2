import type { Calibration, ScenarioResult } from "../result/result.ts";

export interface BackingInput {
  /** Of the built-in generator; null where another program sent the load, whose maximum nobody measured. */
  readonly calibration: Calibration | null;
  readonly model: "open" | "closed";
  /** Requests a second that were really sent. */
  readonly sentPerSecond: number;
  readonly latenessMsP99: number;
  readonly latenessMsMean: number;
  /** The generator's share of one core. */
  readonly cpuShare: number;
  readonly unsent: number;
  readonly due: number;
  readonly ackMsMean: number | null;
  readonly ackMsP99: number | null;
}

const TAIL_SHARE_MAX = 0.5;
/** A generator that stands still 6 of every 20 ms is late by a third of what it measures at a nominal rate; a healthy one by a tenth. */
const MEAN_SHARE_MAX = 0.2;
/** Less than this is the resolution of its timer. */
const LATENESS_MS_MIN = 0.2;

/**
 * Whether the generator could back a scenario's figures: it was not near its own ceiling, not short of CPU, not so late that the tail
 * is its own, and sent what was due.
 *
 * Lateness counts into every latency (which starts at the intended send), so late requests overstate and never flatter. A tail of
 * which more than half is lateness, or a mean of which more than a fifth is, says nothing about the system any more.
 */
export function judgeBacking(input: BackingInput): ScenarioResult["generator"] {
  const reasons: string[] = [];
  const ceilingPerSecond = input.calibration?.ceilingPerSecond ?? Infinity;
  const ceilingShareMax = input.model === "open" ? 0.5 : 0.8;
  if (input.sentPerSecond > ceilingShareMax * ceilingPerSecond) {
    reasons.push(
      `it sent ${String(Math.round(input.sentPerSecond))}/s, more than ${String(ceilingShareMax * 100)} % of its maximum of ${String(Math.round(ceilingPerSecond))}/s`,
    );
  }
  const cpuShareMax = input.model === "open" ? 0.5 : 0.8;
  if (input.cpuShare > cpuShareMax) {
    reasons.push(
      `it used ${String(Math.round(input.cpuShare * 100))} % of a core, more than ${String(cpuShareMax * 100)} %`,
    );
  }
  if (input.unsent > input.due * 0.01)
    reasons.push(`it never sent ${String(input.unsent)} of ${String(input.due)} requests`);
  const { ackMsP99, ackMsMean } = input;
  if (input.model === "open" && ackMsP99 !== null && input.latenessMsP99 > TAIL_SHARE_MAX * ackMsP99) {
    reasons.push(
      `its lateness (p99 ${input.latenessMsP99.toFixed(1)} ms) is more than half of the latency it measured (p99)`,
    );
  }
  if (
    input.model === "open" &&
    ackMsMean !== null &&
    input.latenessMsMean > Math.max(LATENESS_MS_MIN, MEAN_SHARE_MAX * ackMsMean)
  ) {
    reasons.push(
      `its lateness (mean ${input.latenessMsMean.toFixed(2)} ms) is more than a fifth of the latency it measured (mean ${ackMsMean.toFixed(2)} ms)`,
    );
  }
  return {
    isBacked: reasons.length === 0,
    reasons,
    latenessMsP99: input.latenessMsP99,
    cpuShare: input.cpuShare,
    unsent: input.unsent,
  };
}
