import type { SeriesPoint } from "../../result/result.ts";
import { formatMs, formatNumber, formatShare } from "../format.ts";
import type { Html } from "../html.ts";
import { drawPlot } from "./plot.ts";
import type { Line, Readout, Tick } from "./plot.ts";
import { linearScale, logScale, secondsScale } from "./scale.ts";
import type { Scale } from "./scale.ts";

interface Track {
  readonly label: string;
  readonly style: Line["style"];
  value(point: SeriesPoint): number | null;
}

/** A measured stretch, in seconds of the series; before it is warm-up, after it the system drains. */
export interface MeasuredSeconds {
  readonly from: number;
  readonly until: number;
}

/** Beyond this many seconds single columns are too narrow to point at, and their markup would outweigh the rest. */
const READOUTS_MAX = 240;

/** Requests per second. `isThroughputShown` is false where the audit is not clean: then only what was offered is drawn. */
export function ratePlot(
  series: readonly SeriesPoint[],
  measured: readonly MeasuredSeconds[],
  isThroughputShown: boolean,
): Html | null {
  const tracks: Track[] = [{ label: "sent", style: 2, value: (point) => point.sent }];
  if (isThroughputShown) tracks.push({ label: "answered", style: 1, value: (point) => point.acked });
  if (series.some((point) => point.errors > 0))
    tracks.push({ label: "errors", style: "error", value: (point) => point.errors });
  return trackPlot(
    "Requests",
    "per second",
    series,
    measured,
    tracks,
    linearScale(highest(series, tracks)),
    formatNumber,
  );
}

/** Time to the answer, second by second. */
export function latencySeriesPlot(series: readonly SeriesPoint[], measured: readonly MeasuredSeconds[]): Html | null {
  const tracks: Track[] = [
    { label: "p50", style: 1, value: (point) => point.ackMsP50 },
    { label: "p99", style: 2, value: (point) => point.ackMsP99 },
  ];
  const values = series.flatMap((point) => tracks.map((track) => track.value(point) ?? 0)).filter((value) => value > 0);
  if (values.length === 0) return null;
  return trackPlot(
    "Time to the answer",
    "ms, logarithmic",
    series,
    measured,
    tracks,
    logScale(Math.min(...values), Math.max(...values)),
    formatMs,
  );
}

/** CPU of both sides, second by second. */
export function cpuPlot(series: readonly SeriesPoint[], measured: readonly MeasuredSeconds[]): Html | null {
  const tracks: Track[] = [
    { label: "MeshHook", style: 1, value: (point) => point.meshhookCpuShare },
    { label: "PostgreSQL", style: 2, value: (point) => point.postgresCpuShare },
  ];
  if (!series.some((point) => tracks.some((track) => track.value(point) !== null))) return null;
  return trackPlot(
    "CPU",
    "of one core",
    series,
    measured,
    tracks,
    linearScale(Math.max(0.1, highest(series, tracks))),
    formatShare,
  );
}

function trackPlot(
  title: string,
  unit: string,
  series: readonly SeriesPoint[],
  measured: readonly MeasuredSeconds[],
  tracks: readonly Track[],
  y: Scale,
  format: (value: number | null) => string,
): Html | null {
  const first = series[0];
  const last = series.at(-1);
  if (first === undefined || last === undefined || series.length < 2) return null;
  const x = secondsScale(first.second, last.second);
  const column = 1000 / (series.length - 1);
  const tickLabel = format === formatMs ? formatNumber : format;
  return drawPlot({
    title,
    unit,
    description: tracks.map((track) => `${track.label} between ${range(series, track, format)}`).join("; "),
    lines: tracks.map((track): Line => ({
      label: track.label,
      style: track.style,
      points: series.map((point) => {
        const value = track.value(point);
        return value === null ? null : { x: x.position(point.second), y: y.position(value) };
      }),
    })),
    xTicks: x.ticks.map((tick): Tick => ({ position: x.position(tick), label: formatNumber(tick) })),
    yTicks: y.ticks.map((tick): Tick => ({ position: y.position(tick), label: tickLabel(tick) })),
    xTitle: "seconds",
    shaded: [0, ...measured.map(({ until }) => x.position(until))].map((from, index) => {
      const next = measured[index];
      return { from, to: next === undefined ? 1000 : x.position(next.from) };
    }),
    readouts:
      series.length > READOUTS_MAX
        ? []
        : series.map((point): Readout => {
            const middle = x.position(point.second);
            return {
              from: Math.max(0, middle - column / 2),
              to: Math.min(1000, middle + column / 2),
              heading: `Second ${point.second}`,
              rows: tracks.map((track) => [track.label, format(track.value(point))]),
            };
          }),
  });
}

function highest(series: readonly SeriesPoint[], tracks: readonly Track[]): number {
  return Math.max(0, ...series.flatMap((point) => tracks.map((track) => track.value(point) ?? 0)));
}

function range(series: readonly SeriesPoint[], track: Track, format: (value: number | null) => string): string {
  const values = series.map((point) => track.value(point)).filter((value) => value !== null);
  return values.length === 0 ? "no values" : `${format(Math.min(...values))} and ${format(Math.max(...values))}`;
}
