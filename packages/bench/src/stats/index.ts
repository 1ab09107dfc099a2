/**
 * Statistics for benchmark results. Pure: no clock, no I/O, no randomness but seeded; runs in Node and in a browser
 * (`@meshhook/bench/stats`), so that the console and the report compute the same figures.
 *
 * Each function says its definition, its estimator, its units, the smallest sample for which it means something, and
 * what it does with none. Percentiles are merged from histograms and never averaged.
 */
export { decodeHistogram, isAmongFailures, mergeHistograms, percentileCurve, summarizeHistogram } from "./histogram.ts";
export type { CurvePoint, PercentileSummary } from "./histogram.ts";
export { isCarriedBy, samplesNeededFor } from "./percentile.ts";
export { seededRandom } from "./seeded-random.ts";
export { medianSlope } from "./slope.ts";
export { coefficientOfVariation, findSteadyStart } from "./steady-state.ts";
export type { SteadyStateOptions } from "./steady-state.ts";
