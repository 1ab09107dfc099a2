import type { ThresholdResult } from "../result/result.ts";

/** What an absolute figure of CPU time depends on beside the code. */
export interface MachineSpeed {
  /** CPU of a bare node:http server for one request with the scenario's body. */
  readonly rawHttpCpuUs: number;
  /** Share of the time that the hypervisor gave to others during the scenario. */
  readonly stealShare: number;
}

/** The same figure where the limits hold: 2 cores of an AMD EPYC virtual machine, 25 November 2026. */
const REFERENCE_CPU_US = 43;
const SLOWER_MIN = 1.25;
const STEAL_SHARE_MIN = 0.02;

/**
 * Says beside a missed limit of CPU time that the machine is slower than one on which it holds, or was disturbed. The limit stays, and
 * so does the miss; a machine that is neither gets no excuse.
 */
export function explainCpuMisses(thresholds: readonly ThresholdResult[], machine: MachineSpeed): ThresholdResult[] {
  const causes = [
    ...(machine.rawHttpCpuUs > SLOWER_MIN * REFERENCE_CPU_US
      ? [
          `a bare node:http request takes ${machine.rawHttpCpuUs.toFixed(0)} µs of CPU on this machine, ${String(REFERENCE_CPU_US)} µs where the limit holds`,
        ]
      : []),
    ...(machine.stealShare > STEAL_SHARE_MIN
      ? [`${(machine.stealShare * 100).toFixed(0)} % of the CPU time was taken by other guests`]
      : []),
  ];
  if (causes.length === 0) return [...thresholds];
  return thresholds.map((threshold) =>
    threshold.holds || !threshold.expression.includes("CpuMs")
      ? threshold
      : { ...threshold, reason: `${threshold.reason}. Not only MeshHook's: ${causes.join("; ")}` },
  );
}
