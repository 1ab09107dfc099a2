import { medianSorted } from "simple-statistics";

/** Neighbouring values of a series that stand out in the same direction. */
export interface Anomaly {
  /** Index of the first and of the last value that stands out. */
  readonly from: number;
  readonly until: number;
  readonly direction: "above" | "below";
  /** The value that is furthest away. */
  readonly extreme: number;
  /** The usual level beside it: the median of the values around. */
  readonly usual: number;
  /** How far the extreme is from the usual level, in robust standard deviations; at most 1 000. */
  readonly score: number;
}

export interface AnomalyOptions {
  /** Robust standard deviations beyond which a value stands out; 5 when absent. */
  readonly scoreMin?: number;
  /** A value also has to be this far from the usual level, as a share of it; 0.2 when absent. */
  readonly changeMin?: number;
  /** Values before and after that make up the usual level; 30 when absent. A lasting change is followed within about as many. */
  readonly reach?: number;
  /** Usual values between two that stand out which still belong to one anomaly; 1 when absent. */
  readonly gap?: number;
}

/** Makes the median absolute deviation of normal values their standard deviation. */
const MAD_TO_SIGMA = 1.4826;
/** Makes the mean absolute deviation of normal values their standard deviation; used where more than half of the values are equal. */
const MEAN_AD_TO_SIGMA = 1.2533;
/** With fewer values there is no usual level. */
const VALUES_MIN = 8;
const SCORE_MAX = 1_000;

/**
 * Marks what stands out in a series of one value per second (or any other fixed interval).
 *
 * Definition: each value is compared with the median of those around it, in units of their median absolute deviation; values that are
 * more than `scoreMin` such units and more than `changeMin` of the usual level away stand out, and neighbours in the same direction
 * are one anomaly. Medians are not moved by what they are to find, up to half of the values around.
 *
 * A value that is null was not measured and neither counts nor separates. Fewer than eight values around give nothing.
 *
 * Source: Iglewicz & Hoaglin, How to Detect and Handle Outliers (ASQC 1993), on the modified z-score and its fallback.
 */
export function findAnomalies(series: readonly (number | null)[], options: AnomalyOptions = {}): Anomaly[] {
  const { scoreMin = 5, changeMin = 0.2, reach = 30, gap = 1 } = options;
  const anomalies: Anomaly[] = [];
  let usualSince = Infinity;
  for (const [index, value] of series.entries()) {
    if (value === null) continue;
    const level = levelAround(series, index, reach);
    const score = level === null ? 0 : Math.min(SCORE_MAX, Math.abs(value - level.usual) / level.sigma);
    const standsOut =
      level !== null && score > scoreMin && Math.abs(value - level.usual) > changeMin * Math.abs(level.usual);
    if (!standsOut) {
      usualSince += 1;
      continue;
    }
    const found = {
      direction: value > level.usual ? "above" : "below",
      extreme: value,
      usual: level.usual,
      score,
    } as const;
    const last = anomalies.at(-1);
    if (last !== undefined && usualSince <= gap && last.direction === found.direction) {
      const stronger = score > last.score ? found : last;
      anomalies[anomalies.length - 1] = { ...stronger, from: last.from, until: index };
    } else anomalies.push({ ...found, from: index, until: index });
    usualSince = 0;
  }
  return anomalies;
}

/** The median of the values around a place and their robust standard deviation; null when there are too few. */
function levelAround(
  series: readonly (number | null)[],
  index: number,
  reach: number,
): { readonly usual: number; readonly sigma: number } | null {
  // Near an end the window keeps its length and lies on one side.
  const from = Math.max(0, Math.min(index - reach, series.length - 1 - 2 * reach));
  const around = series.slice(from, from + 2 * reach + 1).filter((value) => value !== null);
  if (around.length < VALUES_MIN) return null;
  const usual = medianSorted(around.sort((a, b) => a - b));
  const deviations = around.map((value) => Math.abs(value - usual)).sort((a, b) => a - b);
  const mad = medianSorted(deviations);
  const meanDeviation = deviations.reduce((sum, deviation) => sum + deviation, 0) / deviations.length;
  return { usual, sigma: mad > 0 ? MAD_TO_SIGMA * mad : MEAN_AD_TO_SIGMA * meanDeviation };
}
