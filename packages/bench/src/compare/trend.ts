import { findChangePoints } from "../stats/index.ts";
import { figureOf } from "./figure.ts";
import type { HistoryEntry } from "./history.ts";
import { isAnotherQuestion } from "./likeness.ts";

/** A lasting change in the history of a figure. */
export interface TrendChange {
  /** Null for a figure that this version does not know. */
  readonly direction: "better" | "worse" | null;
  /** Means of the level before and after. */
  readonly before: number;
  readonly after: number;
  /** The last result of the old level and the first of the new one: the cause lies between their revisions. */
  readonly last: TrendPoint;
  readonly first: TrendPoint;
}

export interface TrendPoint {
  readonly id: string;
  readonly startedAtMs: number;
  readonly revision: string | null;
  readonly value: number;
}

/** The history of one figure of one scenario. */
export interface TrendSeries {
  readonly scenario: string;
  readonly key: string;
  readonly label: string;
  /** Null for a figure that this version does not know. */
  readonly unit: "ms" | "bytes" | "per second" | "per run" | null;
  /** Of the newest result's load. */
  readonly points: readonly TrendPoint[];
  /** Results with another load or question, such as shorter runs. */
  readonly otherLoads: number;
  readonly changes: readonly TrendChange[];
}

export interface TrendReport {
  readonly schemaVersion: 1;
  /** The environment of the newest entry; only entries with the same one and the same seed are looked at. */
  readonly fingerprint: string | null;
  readonly machine: string | null;
  readonly results: number;
  /** Entries of other environments or seeds. */
  readonly leftOut: number;
  readonly series: readonly TrendSeries[];
}

/** A change of level cannot be told from fewer results. */
export const RESULTS_MIN_FOR_TREND = 6;
/** For a figure that this version does not know. */
const MAGNITUDE_MIN = 0.05;
/** Chance of a false change in a whole history; shared out over all figures and over all places where one might be. */
const FALSE_ALARM = 0.05;
const P_MAX = 0.001;

/**
 * Finds lasting changes in the history of every figure, among the results of the newest one's environment and seed,
 * and of the newest load of each scenario.
 *
 * The changes are warnings for people to look into, because a change of the machine that its fingerprint does not show looks the same.
 * Changes that are smaller than what matters in the figure are left out, and so is the newest result until two more agree with it. The
 * p-value that is asked for shrinks with the number of figures and results, so that one history in about twenty has a false change.
 */
export function findTrends(entries: readonly HistoryEntry[]): TrendReport {
  const inOrder = entries.toSorted((a, b) => a.startedAtMs - b.startedAtMs);
  const newest = inOrder.at(-1);
  const alike = inOrder.filter(({ fingerprint, seed }) => fingerprint === newest?.fingerprint && seed === newest.seed);
  const names = new Set(alike.flatMap(({ scenarios }) => Object.keys(scenarios)));
  const figures = [...names].flatMap((scenario) => {
    const keys = new Set(alike.flatMap(({ scenarios }) => Object.keys(scenarios[scenario]?.figures ?? {})));
    return [...keys].map((key) => ({ scenario, key }));
  });
  const pMax = Math.min(P_MAX, FALSE_ALARM / Math.max(1, figures.length * alike.length));
  const series = figures.map((figure) => seriesOf(alike, figure, pMax));
  return {
    schemaVersion: 1,
    fingerprint: newest?.fingerprint ?? null,
    machine: newest?.machine ?? null,
    results: alike.length,
    leftOut: entries.length - alike.length,
    series,
  };
}

function seriesOf(
  entries: readonly HistoryEntry[],
  { scenario, key }: Pick<TrendSeries, "scenario" | "key">,
  pMax: number,
): TrendSeries {
  const figure = figureOf(key);
  const withFigure = entries.filter(({ scenarios }) => scenarios[scenario]?.figures[key] !== undefined);
  const newest = withFigure.at(-1)?.scenarios[scenario];
  const alike = withFigure.filter(
    ({ scenarios }) =>
      scenarios[scenario]?.load === newest?.load && !isAnotherQuestion(scenarios[scenario]?.digest, newest?.digest),
  );
  const points = alike.flatMap(({ id, startedAtMs, commit, scenarios }): TrendPoint[] => {
    const value = scenarios[scenario]?.figures[key];
    return value === undefined ? [] : [{ id, startedAtMs, revision: commit?.revision ?? null, value }];
  });
  const found =
    points.length < RESULTS_MIN_FOR_TREND
      ? []
      : findChangePoints(
          points.map(({ value }) => value),
          { pMax, magnitudeMin: figure?.minimumEffect ?? MAGNITUDE_MIN },
        );
  const changes = found.flatMap(({ index, before, after }): TrendChange[] => {
    const [last, first] = [points[index - 1], points[index]];
    if (last === undefined || first === undefined) return [];
    const direction =
      figure === undefined ? null : after < before === (figure.isBetter === "lower") ? "better" : "worse";
    return [{ direction, before, after, last, first }];
  });
  const otherLoads = withFigure.length - alike.length;
  return { scenario, key, label: figure?.label ?? key, unit: figure?.unit ?? null, points, otherLoads, changes };
}
