import type { Calibration, ScenarioResult } from "../result/result.ts";

export interface BackingInput {
  readonly calibration: Calibration;
  readonly model: "open" | "closed";
  /** Requests a second that were really sent. */
  readonly sentPerSecond: number;
  readonly latenessMsP99: number;
  /** The generator's share of one core. */
  readonly cpuShare: number;
  readonly unsent: number;
  readonly due: number;
  readonly ackMsP50: number | null;
  readonly ackMsP99: number | null;
}

/**
 * Whether the generator could back a scenario's figures: it was not near its own ceiling, not short of CPU, not so late that the tail
 * is its own, and sent what was due.
 *
 * Lateness counts into every latency (which starts at the intended send), so late requests overstate and never flatter. A tail of
 * which more than half is lateness says nothing about the system any more.
 */
export function judgeBacking(input: BackingInput): ScenarioResult["generator"] {
  const reasons: string[] = [];
  const { ceilingPerSecond } = input.calibration;
  const ceilingShareMax = input.model === "open" ? 0.5 : 0.8;
  if (input.sentPerSecond > ceilingShareMax * ceilingPerSecond) {
    reasons.push(
      `it sent ${String(Math.round(input.sentPerSecond))}/s, more than ${String(ceilingShareMax * 100)} % of its ceiling of ${String(Math.round(ceilingPerSecond))}/s`,
    );
  }
  const cpuShareMax = input.model === "open" ? 0.5 : 0.8;
  if (input.cpuShare > cpuShareMax) {
    reasons.push(
      `it used ${String(Math.round(input.cpuShare * 100))} % of a core, more than ${String(cpuShareMax * 100)} %`,
    );
  }
  if (input.unsent > input.due * 0.01)
    reasons.push(`${String(input.unsent)} of ${String(input.due)} due requests were never sent`);
  const latenessMax = Math.max(0.05 * (input.ackMsP50 ?? 0), 0.5 * (input.ackMsP99 ?? 0));
  if (input.model === "open" && input.latenessMsP99 > latenessMax) {
    reasons.push(
      `its lateness (p99 ${input.latenessMsP99.toFixed(1)} ms) is more than half of the latency it measured (p99)`,
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
