import type { ReportResource, UnreadableReport } from "@meshhook/contract";

export type AnyReport = ReportResource | UnreadableReport;
type Figure = ReportResource["figures"][number];

export function isReadable(report: AnyReport): report is ReportResource {
  return !("unreadableBecause" in report);
}

/** The two figures that represent a report in a list. */
export interface Headline {
  /** The scenario that completed the most per second. */
  readonly fastest: Figure | null;
  /** The acknowledgement of webhooks at a rate below saturation; otherwise the first that was measured. */
  readonly acknowledged: Figure | null;
}

export function headlineOf({ figures }: ReportResource): Headline {
  let fastest: Figure | null = null;
  for (const figure of figures) {
    if ((figure.completedPerSecond ?? 0) > (fastest?.completedPerSecond ?? 0)) fastest = figure;
  }
  const measured = figures.filter(({ ackMsP50 }) => ackMsP50 !== null);
  return { fastest, acknowledged: measured.find(({ group }) => group === "webhook") ?? measured[0] ?? null };
}

/** A figure of the same scenario over reports, oldest first. */
export interface TrendPoint {
  readonly report: ReportResource;
  readonly value: number;
}

/**
 * A scenario's figure over the reports that are comparable with the newest one: of the same suite, on the same machine with the same
 * settings. Reports without the figure are left out.
 *
 * @param reports  Newest first, as the API lists them.
 */
export function trendOf(
  reports: readonly AnyReport[],
  scenario: string,
  member: "completedPerSecond" | "ackMsP50" | "ackMsP99",
): readonly TrendPoint[] {
  const readable = reports.filter(isReadable);
  const newest = readable[0];
  if (newest === undefined) return [];
  const points: TrendPoint[] = [];
  for (const report of readable.toReversed()) {
    if (report.suite !== newest.suite || report.environment.fingerprint !== newest.environment.fingerprint) continue;
    const value = report.figures.find((figure) => figure.scenario === scenario)?.[member] ?? null;
    if (value !== null) points.push({ report, value });
  }
  return points;
}

/** The corners of a line through values in a box, from left to right; the box begins at zero, so that small changes look small. */
export function polyline(values: readonly number[], width: number, height: number): string {
  const top = Math.max(...values) || 1;
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  return values
    .map((value, at) => `${(at * step).toFixed(1)},${(height - (value / top) * height).toFixed(1)}`)
    .join(" ");
}

/** "12,884", "99.98", "2.01": with at least three significant digits. */
export function formatFigure(value: number): string {
  return value.toLocaleString("en-GB", { maximumFractionDigits: value < 100 ? 2 : 0 });
}
