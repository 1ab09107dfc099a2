import type { CanaryReading } from "./blocks.ts";
import type { Calibration, Environment, Roofs } from "./environment.ts";
import type { ExternalSeries } from "./external.ts";
import type { Finding } from "./finding.ts";
import type { ScenarioResult } from "./scenario-result.ts";
import type { ScenarioVerdict } from "./verdict.ts";

export type * from "./anomaly.ts";
export type * from "./audit.ts";
export type * from "./blocks.ts";
export type * from "./environment.ts";
export type * from "./episodes.ts";
export type * from "./external.ts";
export type * from "./fault.ts";
export type * from "./finding.ts";
export type * from "./heatmap.ts";
export type * from "./latency.ts";
export type * from "./load.ts";
export type * from "./repetition.ts";
export type * from "./resources.ts";
export type * from "./scalability.ts";
export type * from "./scenario-result.ts";
export type * from "./search.ts";
export type * from "./tail.ts";
export type * from "./trust.ts";
export type * from "./verdict.ts";

/**
 * The result of one benchmark run: what `result.json` holds and every report is drawn from. The published JSON Schema
 * (`result.schema.json`) is checked against this in both directions.
 *
 * Units are in the names. Times of day are Unix milliseconds. A percentile that its sample count does not carry is null.
 */
export interface BenchResult {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly suite: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  /** The exact command, the commit (null outside a checkout) and the seed: enough to repeat it. */
  readonly command: string;
  readonly commit: { readonly revision: string; readonly isDirty: boolean } | null;
  readonly seed: number;
  readonly environment: Environment;
  readonly calibration: Calibration;
  readonly roofs: Roofs;
  /** The best that the canary saw of this machine during the suite. Absent in results of before December 2026. */
  readonly canaryBest?: CanaryReading | null;
  readonly scenarios: readonly ScenarioResult[];
  readonly findings: readonly Finding[];
  /** What other systems say of the time in which the benchmark ran. Absent in results of before December 2026. */
  readonly external?: readonly ExternalSeries[];
  readonly verdict: ScenarioVerdict | "interrupted";
  /** Departures from the plan: what was skipped, shortened, or could not be measured here, and why. */
  readonly deviations: readonly string[];
}
