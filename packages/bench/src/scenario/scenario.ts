import type { FaultStep } from "../fault/step.ts";
import type { PayloadSource } from "../load/payload.ts";
import type { ScenarioResult, ThresholdResult } from "../result/result.ts";
import type { AlongsideStep } from "./alongside/step.ts";
import type { Deliveries } from "./deliveries.ts";
import type { PacedLoad, SaturatingLoad } from "./load.ts";
import type { Target } from "./target.ts";
import type { ScenarioWorkflow } from "./workflow/document.ts";

/** A named question put to the system: workload, load, faults, thresholds. Plain data. */
export interface Scenario {
  /** Used in commands, results and files: lower case with hyphens, at most 50 characters. */
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly group: ScenarioResult["group"];
  readonly workflow: ScenarioWorkflow;
  readonly payload: PayloadSource;
  readonly deliveries: Deliveries;
  readonly target: Target;
  /** Viewers of the project's live log. */
  readonly subscribers: number;
  readonly load: PacedLoad | SaturatingLoad;
  readonly faults: readonly FaultStep[];
  /** What happens beside the measured load. */
  readonly alongside: readonly AlongsideStep[];
  /** Runs that are made first and not measured; null without any. */
  readonly before: RunsBefore | null;
  readonly thresholds: readonly Threshold[];
}

/** As many runs without calls as MeshHook takes from so many senders in the time: it is measured as it is after them. */
export interface RunsBefore {
  readonly senders: number;
  readonly durationMs: number;
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
