import { mean, standardDeviation } from "simple-statistics";

/**
 * Coefficient of variation: standard deviation (population) over mean. No unit.
 *
 * Fewer than two values, or a mean of zero, give null.
 */
export function coefficientOfVariation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const average = mean([...values]);
  return average === 0 ? null : standardDeviation([...values]) / Math.abs(average);
}

export interface SteadyStateOptions {
  /** Windows that must agree; 3 when absent. */
  readonly windowCount?: number;
  /** Values averaged into one window; 1 when absent. */
  readonly windowLength?: number;
  /** Largest coefficient of variation that counts as steady; 0.03 when absent. */
  readonly limit?: number;
}

/**
 * Finds where a series settles: the first value from which `windowCount` consecutive windows have a coefficient of
 * variation at or below `limit`.
 *
 * The defaults are DaCapo's converge rule (3 windows, 3 %). A series that never settles, is too short or is empty
 * gives null; then say so, instead of calling the end of the warm-up a steady state.
 *
 * @returns Index of the first steady value.
 * Source: Blackburn et al., The DaCapo Benchmarks (OOPSLA 2006); limits of such rules: Traini et al., Towards effective
 * assessment of steady state performance in Java software (EMSE 2023).
 */
export function findSteadyStart(values: readonly number[], options: SteadyStateOptions = {}): number | null {
  const { windowCount = 3, windowLength = 1, limit = 0.03 } = options;
  const span = windowCount * windowLength;
  for (let start = 0; start + span <= values.length; start++) {
    const windows = Array.from({ length: windowCount }, (_, window) => {
      const from = start + window * windowLength;
      return mean(values.slice(from, from + windowLength));
    });
    const variation = coefficientOfVariation(windows);
    if (variation !== null && variation <= limit) return start;
  }
  return null;
}
