/**
 * Statistics for benchmark results. Pure: no clock, no I/O, no randomness but seeded; runs in Node and in a browser
 * (`@meshhook/bench/stats`), so that the console and the report compute the same figures.
 *
 * Each function says its definition, its estimator, its units, the smallest sample for which it means something, and
 * what it does with none. Percentiles are merged from histograms and never averaged.
 */
export { findAnomalies } from "./anomaly.ts";
export type { Anomaly, AnomalyOptions } from "./anomaly.ts";
export { bootstrapInterval, bootstrapRatio, RUNS_MIN_FOR_BOOTSTRAP } from "./bootstrap.ts";
export type { BootstrapOptions } from "./bootstrap.ts";
export { findChangePoints } from "./change-points.ts";
export type { ChangePoint, ChangePointOptions } from "./change-points.ts";
export { compareFigures, PAIRS_MIN } from "./comparison.ts";
export type { Comparison, ComparisonInput, Pair } from "./comparison.ts";
export {
  decodeHistogram,
  isAmongFailures,
  mergeHistograms,
  percentileCurve,
  rankedHistogram,
  summarizeHistogram,
} from "./histogram.ts";
export type { CurvePoint, PercentileSummary } from "./histogram.ts";
export { interleave } from "./interleaving.ts";
export type { Version } from "./interleaving.ts";
export { relativeHalfWidth } from "./interval.ts";
export type { Interval } from "./interval.ts";
export { quantileInterval, rankedSample } from "./order-statistics.ts";
export type { QuantileInterval, RankedSample } from "./order-statistics.ts";
export { isCarriedBy, samplesNeededFor } from "./percentile.ts";
export { detectableEffect, pairsNeededFor } from "./power.ts";
export type { PowerOptions } from "./power.ts";
export { planRepetition } from "./repetition.ts";
export type { RepetitionPlan, RepetitionProgress, RepetitionRule } from "./repetition.ts";
export { nextProbe } from "./saturation-search.ts";
export type { Probe, ProbePhase, SaturationOptions, SaturationResult, SaturationStep } from "./saturation-search.ts";
export { seededRandom } from "./seeded-random.ts";
export { medianSlope } from "./slope.ts";
export { coefficientOfVariation, findSteadyStart } from "./steady-state.ts";
export type { SteadyStateOptions } from "./steady-state.ts";
export { fitUsl, uslPeak, uslThroughput } from "./usl.ts";
export type { ScalePoint, UslFit, UslOptions, UslParameters, UslRefusal } from "./usl.ts";
export { findWarmUpEnd } from "./warm-up.ts";
export type { WarmUp } from "./warm-up.ts";
