import type { LoadDriver } from "../drivers/driver.ts";
import type { Scenario } from "../scenario/scenario.ts";

/** What to measure and how. */
export interface BenchOptions {
  /** What the scenarios are called together, for the record: the name of a suite, or `custom`. */
  readonly suite: string;
  /** In the order they run. */
  readonly scenarios: readonly Scenario[];
  /** In what the plan departs from the scenarios as they are in their files, for the record. */
  readonly deviations: readonly string[];
  /** Payloads and random arrivals follow from it. */
  readonly seed: number;
  /** Blocks of each scenario that can be cut into blocks; as many as the suite has when null or absent. */
  readonly blocks?: number | null;
  /** Multiplies every measured duration; 1 is the suite's own. Below 1 for a smoke run, whose figures are not to be quoted. */
  readonly durationScale: number;
  /** Where `dataset/` and `result.json` go; created when missing. */
  readonly outDir: string;
  /** The exact command that was typed, for the record. */
  readonly command: string;
  /** MeshHook's version, for the record. */
  readonly meshhookVersion: string;
  /** The checkout that runs, for the record; null outside one. */
  readonly commit: { readonly revision: string; readonly isDirty: boolean } | null;
  /** Sends the load instead of the built-in generator; null or absent for that. */
  readonly driver?: LoadDriver | null;
  /** Extra environment for the MeshHook process, such as `MESHHOOK_WRITERS=4`. */
  readonly meshhookEnv: { readonly [name: string]: string };
  /** Stops cleanly with what it has. */
  readonly signal?: AbortSignal;
}

/** Live progress, for a terminal or a log. */
export interface ProgressListener {
  (progress: Progress): void;
}

export interface Progress {
  /** 0 to 1, by planned time. */
  readonly share: number;
  readonly secondsLeft: number;
  /** What is going on, as in `webhook-ack-nominal: measuring`. */
  readonly stage: string;
  /** Live figures or something that just became known; null when only the share moved. */
  readonly line: string | null;
}
