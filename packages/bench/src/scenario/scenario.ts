import type { PayloadName } from "../load/payload.ts";
import type { ScenarioResult, ThresholdResult } from "../result/result.ts";
import type { WorkflowName } from "./workflow/document.ts";

/** A named question put to the system: workload, load, fault, thresholds. Plain data. */
export interface Scenario {
  /** Used in commands, results and files: lower case with hyphens, at most 50 characters. */
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly group: ScenarioResult["group"];
  readonly workflow: WorkflowName;
  readonly payload: PayloadName;
  /** How long the target of the workflow's call takes to answer. */
  readonly sinkDelayMs: number;
  /** Viewers of the project's live log. */
  readonly subscribers: number;
  readonly load: PacedLoad | SaturatingLoad;
  readonly fault: KillFault | null;
  readonly thresholds: readonly Threshold[];
}

/** Open model: a fixed rate, whatever the system answers. */
export interface PacedLoad {
  readonly kind: "paced";
  readonly ratePerSecond: number;
  /** Before the measured part; sent the same way and not measured. */
  readonly warmupMs: number;
  readonly durationMs: number;
}

/** Closed model: as much as the system takes from a number of senders that each wait for their answer. */
export interface SaturatingLoad {
  readonly kind: "saturating";
  readonly senders: number;
  /** The warm-up ends when the rate is steady, and here at the latest. */
  readonly warmupMsMax: number;
  readonly durationMs: number;
}

/** MeshHook's process is killed without warning and started again on the same port and database. */
export interface KillFault {
  readonly kind: "kill-9";
  /** After the measured part began. */
  readonly atMs: number;
  /** From the kill to the new start. */
  readonly downMs: number;
}

export interface Threshold {
  /** Paths into the scenario's result, added up, as in `work.meshhookCpuMs + work.postgresCpuMs`. */
  readonly metric: string;
  readonly operator: "<=" | "<" | ">=" | "==";
  readonly limit: number;
  /**
   * What a miss means. `gate`: MeshHook is wrong on any machine. `limit`: depends on the machine's speed, so it counts only on a quiet
   * one. `precondition`: nothing was tested. Absent means `limit`.
   */
  readonly kind?: ThresholdResult["kind"];
  /** Why this limit, in a few words. */
  readonly reason: string;
}
