/**
 * Statistics for benchmark results. Pure: no clock, no I/O, no randomness but seeded; runs in Node and in a browser
 * (`@meshhook/bench/stats`), so that the console and the report compute the same figures.
 *
 * Each function says its definition, its estimator, its units, the smallest sample for which it means something, and
 * what it does with none. Percentiles are merged from histograms and never averaged.
 */
export { bootstrapInterval, bootstrapRatio, RUNS_MIN_FOR_BOOTSTRAP } from "./bootstrap.ts";
export type { BootstrapOptions } from "./bootstrap.ts";
export { compareFigures, PAIRS_MIN } from "./comparison.ts";
export type { Comparison, ComparisonInput, Pair } from "./comparison.ts";
export { decodeHistogram, isAmongFailures, mergeHistograms, percentileCurve, summarizeHistogram } from "./histogram.ts";
export type { CurvePoint, PercentileSummary } from "./histogram.ts";
export { relativeHalfWidth } from "./interval.ts";
export type { Interval } from "./interval.ts";
export { quantileInterval, rankedSample } from "./order-statistics.ts";
export type { QuantileInterval, RankedSample } from "./order-statistics.ts";
export { isCarriedBy, samplesNeededFor } from "./percentile.ts";
export { detectableEffect, pairsNeededFor } from "./power.ts";
export type { PowerOptions } from "./power.ts";
export { seededRandom } from "./seeded-random.ts";
export { medianSlope } from "./slope.ts";
export { coefficientOfVariation, findSteadyStart } from "./steady-state.ts";
export type { SteadyStateOptions } from "./steady-state.ts";
