import { mean, sampleVariance } from "simple-statistics";
import { firstWhere } from "./first-where.ts";
import { adjustByHolm } from "./holm.ts";
import type { Interval } from "./interval.ts";
import { studentCritical, studentTail } from "./student-t.ts";

/** One baseline run and the candidate run beside it in time. */
export interface Pair {
  readonly baseline: number;
  readonly candidate: number;
}

/** Two variants of one figure, and what counts as a difference in it. */
export interface ComparisonInput {
  /** Runs side by side in pairs, or two groups of runs that do not belong together. */
  readonly runs: readonly Pair[] | { readonly baseline: readonly number[]; readonly candidate: readonly number[] };
  /** Which way is good: latency `lower`, throughput `higher`. */
  readonly isBetter: "lower" | "higher";
  /** The smallest change that anyone would act on; 0.05 reads 5 %. */
  readonly minimumEffect: number;
}

/** How a candidate relates to a baseline. */
export interface Comparison {
  readonly verdict: "better" | "same" | "worse" | "inconclusive";
  /** Candidate ÷ baseline with its interval; null with too few runs for one. */
  readonly ratio: Interval | null;
  /** The effect in units of the spread between pairs (or runs); null with too few runs, or without any spread. */
  readonly effectSize: number | null;
  /** The p-value of the alarm (better or worse), adjusted for all figures compared at once; null with too few runs. */
  readonly p: number | null;
  /** About how many pairs (or runs on each side) more would decide; null when decided, or when more than 1 000 would be needed. */
  readonly missing: number | null;
}

/** Two blocks of ABBA and BAAB, each variant equally often in each place: fewer pairs are not judged. */
export const PAIRS_MIN = 4;
const LEVEL = 0.95;
const MISSING_MAX = 1_000;

/** A difference of logarithms with its uncertainty. */
interface Difference {
  readonly log: number;
  readonly standardError: number;
  readonly degrees: number;
  readonly count: number;
  /** Standard error at another count, as far as this spread lasts. */
  readonly spread: number;
}

/**
 * Compares a candidate with a baseline, in as many figures as are given, and controls false alarms over all of them.
 *
 * Definition: the effect is the geometric mean of candidate ÷ baseline; its 95 % interval is Student's on the logarithms (Welch's for
 * groups). With a band of one `minimumEffect` around 1:
 * - the interval lies beyond the band, also after Holm's adjustment over all figures: `better` or `worse`;
 * - the interval lies inside the band: `same`, which is a claim of equivalence and not "no difference found";
 * - otherwise, or with fewer than 4 pairs: `inconclusive`, with about how many more would decide.
 *
 * Without any difference the logarithm of a ratio is symmetric about zero, whatever the distribution of the runs, and there Student's
 * test gives no more false alarms than it promises, also when some runs hit a stall. Unit: none (ratios).
 *
 * Pairs must come from interleaved runs (A B B A). Do not look after every pair and stop at the first alarm: see `planRepetition`.
 *
 * Source: ratios and minimum effects: Kalibera & Jones, Rigorous Benchmarking in Reasonable Time (ISMM 2013); equivalence by two
 * one-sided tests: Schuirmann (Journal of Pharmacokinetics and Biopharmaceutics 1987); pairs on a shared machine: Bulej et al.,
 * Duet Benchmarking (ICPE 2020).
 *
 * @throws RangeError  for a value that is not above zero, or a minimum effect that is not.
 */
export function compareFigures(inputs: readonly ComparisonInput[]): Comparison[] {
  const differences = inputs.map(differenceOf);
  const alarms = differences.map((difference, index) =>
    difference === null ? 1 : alarmP(difference, bandOf(inputs[index]?.minimumEffect ?? 0)),
  );
  const adjusted = adjustByHolm(alarms);
  return inputs.map((input, index) => judge(input, differences[index] ?? null, adjusted[index] ?? 1, inputs.length));
}

function judge(input: ComparisonInput, difference: Difference | null, p: number, family: number): Comparison {
  if (difference === null) {
    const missing = PAIRS_MIN - countOf(input);
    return { verdict: "inconclusive", ratio: null, effectSize: null, p: null, missing };
  }
  const { log, standardError, degrees, count, spread } = difference;
  const band = bandOf(input.minimumEffect);
  const half = studentCritical((1 - LEVEL) / 2, degrees) * standardError;
  const isSame = log - half >= -band && log + half <= band;
  const isAlarm = p <= 1 - LEVEL;
  const isLower = log < 0;
  const verdict = isSame
    ? "same"
    : !isAlarm
      ? "inconclusive"
      : isLower === (input.isBetter === "lower")
        ? "better"
        : "worse";
  return {
    verdict,
    ratio: { estimate: Math.exp(log), low: Math.exp(log - half), high: Math.exp(log + half), level: LEVEL, count },
    effectSize: spread === 0 ? null : log / spread,
    p,
    missing: verdict === "inconclusive" ? missingFor(difference, band, family) : null,
  };
}

/** How far from 0 a logarithm of a ratio may be before it matters: as far for 10 % more as for 10 % more of the inverse. */
function bandOf(minimumEffect: number): number {
  return Math.log1p(minimumEffect);
}

/** The chance of a difference this far beyond the band if the true one were at its edge; two-sided, because both edges are tried. */
function alarmP({ log, standardError, degrees }: Difference, band: number): number {
  const beyond = Math.abs(log) - band;
  if (standardError === 0) return beyond > 0 ? 0 : 1;
  return Math.min(1, 2 * studentTail(beyond / standardError, degrees));
}

/** Pairs or runs until an interval as wide as this spread makes it lies on one side of the nearest edge of the band. */
function missingFor({ log, spread, count }: Difference, band: number, family: number): number | null {
  const distance = Math.abs(Math.abs(log) - band);
  // Equivalence is judged for each figure by itself; an alarm must hold over all of them.
  const tail = (1 - LEVEL) / 2 / (Math.abs(log) > band ? family : 1);
  return firstWhere(
    (missing) => (studentCritical(tail, count + missing - 1) * spread) / Math.sqrt(count + missing) <= distance,
    MISSING_MAX,
  );
}

function differenceOf({ runs, minimumEffect }: ComparisonInput): Difference | null {
  if (!(minimumEffect > 0)) throw new RangeError(`the minimum effect must be above 0, got ${minimumEffect}`);
  return "baseline" in runs ? differenceOfGroups(runs.baseline, runs.candidate) : differenceOfPairs(runs);
}

function countOf({ runs }: ComparisonInput): number {
  return "baseline" in runs ? Math.min(runs.baseline.length, runs.candidate.length) : runs.length;
}

function differenceOfPairs(pairs: readonly Pair[]): Difference | null {
  const logs = pairs.map(({ baseline, candidate }, index) => {
    if (!(baseline > 0 && candidate > 0))
      throw new RangeError(`pair ${index} holds ${baseline} and ${candidate}; both must be above zero`);
    return Math.log(candidate / baseline);
  });
  if (logs.length < PAIRS_MIN) return null;
  const spread = Math.sqrt(sampleVariance(logs));
  const count = logs.length;
  return { log: mean(logs), standardError: spread / Math.sqrt(count), degrees: count - 1, count, spread };
}

/** Welch's test: the two sides may spread differently. */
function differenceOfGroups(baseline: readonly number[], candidate: readonly number[]): Difference | null {
  const [left, right] = [logsOf(baseline), logsOf(candidate)];
  if (left.length < PAIRS_MIN || right.length < PAIRS_MIN) return null;
  const [a, b] = [sampleVariance(left) / left.length, sampleVariance(right) / right.length];
  const count = Math.min(left.length, right.length);
  const degrees = a + b === 0 ? count - 1 : (a + b) ** 2 / (a ** 2 / (left.length - 1) + b ** 2 / (right.length - 1));
  const standardError = Math.sqrt(a + b);
  return { log: mean(right) - mean(left), standardError, degrees, count, spread: standardError * Math.sqrt(count) };
}

function logsOf(values: readonly number[]): number[] {
  return values.map((value, index) => {
    if (!(value > 0)) throw new RangeError(`run ${index} holds ${value}; it must be above zero`);
    return Math.log(value);
  });
}
