import type { ScenarioResult, SeriesPoint } from "../../../result/result.ts";
import { isCarriedBy } from "../../../stats/index.ts";
import { formatBytes, formatMs, formatNumber, formatShare } from "../../format.ts";
import type { Line } from "../line.ts";
import type { Rule, Tick } from "../plot.ts";
import { linearScale, logScale } from "../scale.ts";
import type { Scale } from "../scale.ts";
import { heatmapOf } from "./heatmap.ts";
import type { Track } from "./timeline.ts";

/** A figure of every second. */
export interface Curve {
  readonly label: string;
  readonly style: Line["style"];
  readonly value: (point: SeriesPoint) => number | null;
}

/** A track before it is drawn, so that readouts can name its values. */
export interface TrackData {
  readonly track: Track;
  readonly curves: readonly Curve[];
  readonly format: (value: number | null) => string;
}

interface TrackPlan {
  readonly name: string;
  readonly unit: string;
  readonly curves: readonly Curve[];
  /** Least top of the axis, so that nothing is not blown up. */
  readonly topMin: number;
  readonly format: (value: number | null) => string;
}

/**
 * The tracks of a scenario, load first, then what it did to the system. What was not measured has none.
 *
 * @param x  Of milliseconds on the scenario's timeline.
 */
export function tracksOf(scenario: ScenarioResult, x: (ms: number) => number): readonly TrackData[] {
  const { series } = scenario;
  const [requests, ...others] = plansOf(scenario).flatMap((plan) => planned(plan, series, x) ?? []);
  const latency = latencyTrack(scenario, x);
  return [requests, latency, ...others].flatMap((track) => track ?? []);
}

function plansOf({ audit, series }: ScenarioResult): readonly TrackPlan[] {
  const has = (of: (point: SeriesPoint) => number | null | undefined) =>
    series.some((point) => (of(point) ?? null) !== null);
  const share = (label: string, style: Line["style"], of: (point: SeriesPoint) => number | null | undefined) =>
    has(of) ? [{ label, style, value: (point: SeriesPoint) => of(point) ?? null }] : [];
  return [
    {
      name: "Requests",
      unit: "per second",
      curves: [
        { label: "sent", style: 2, value: (point) => point.sent },
        // Where the audit is not clean, nothing says how much was done.
        ...(audit.isClean
          ? [{ label: "answered", style: 1, value: (point: SeriesPoint) => point.acked } as const]
          : []),
        ...(series.some((point) => point.errors > 0)
          ? [{ label: "errors", style: "error", value: (point: SeriesPoint) => point.errors } as const]
          : []),
      ],
      topMin: 1,
      format: formatNumber,
    },
    {
      name: "Unfinished",
      unit: "runs at the end of a second",
      curves: share("runs", 4, (point) => point.unfinished),
      topMin: 10,
      format: formatNumber,
    },
    {
      name: "CPU",
      unit: "of one core",
      curves: [
        ...share("MeshHook", 1, (point) => point.meshhookCpuShare),
        ...share("PostgreSQL", 2, (point) => point.postgresCpuShare),
        ...share("event loop", 3, (point) => point.loopBusyShare),
      ],
      topMin: 0.1,
      format: formatShare,
    },
    {
      name: "Waiting",
      unit: "of the time, on this machine",
      curves: [
        ...share("for CPU", 1, (point) => point.cpuPressureShare),
        ...share("for disk", 2, (point) => point.ioPressureShare),
        ...share("stolen", 3, (point) => point.stealShare),
      ],
      topMin: 0.1,
      format: formatShare,
    },
    {
      name: "Memory",
      unit: "of MeshHook",
      curves: share("resident", 1, (point) => point.meshhookRssBytes),
      topMin: 1e6,
      format: formatBytes,
    },
  ];
}

function planned(plan: TrackPlan, series: readonly SeriesPoint[], x: (ms: number) => number): TrackData | null {
  const values = valuesOf(plan.curves, series);
  if (values.length === 0) return null;
  const y = linearScale(Math.max(plan.topMin, ...values), 2);
  return {
    curves: plan.curves,
    format: plan.format,
    track: {
      name: plan.name,
      unit: plan.unit,
      description: plan.curves.map((curve) => spoken(curve, series, plan.format)).join("; "),
      lines: plan.curves.map((curve) => lineOf(curve, series, x, y)),
      yTicks: ticksOf(y, plan.format),
    },
  };
}

/** Latency over time: every request by its shade if the result has them, else the percentiles that a second carries. */
function latencyTrack(scenario: ScenarioResult, x: (ms: number) => number): TrackData | null {
  const { series, heatmap = null } = scenario;
  const carried = (quantile: number, of: (point: SeriesPoint) => number | null) => (point: SeriesPoint) =>
    isCarriedBy(point.acked, quantile) ? of(point) : null;
  const curves: readonly Curve[] = [
    { label: "p50", style: 1, value: carried(0.5, (point) => point.ackMsP50) },
    { label: "p99", style: 2, value: carried(0.99, (point) => point.ackMsP99) },
  ];
  const shown = curves.filter((curve) => valuesOf([curve], series).length > 0);
  const limits = scenario.thresholds.flatMap(({ expression }) => {
    const found = /^latency\.ack\.p(\d+)Ms <=? ([\d.]+)$/.exec(expression);
    return found === null ? [] : [{ label: `limit of p${found[1] ?? ""}`, ms: Number(found[2]) }];
  });
  const values = [...valuesOf(shown, series), ...(heatmap?.edgesMs ?? []), ...limits.map(({ ms }) => ms)].filter(
    (value) => value > 0,
  );
  if (heatmap === null && shown.length === 0) return null;
  const y = logScale(Math.min(...values), Math.max(...values));
  const slowest = heatmap === null ? null : (heatmap.edgesMs.at(-1) ?? null);
  return {
    curves: shown,
    format: formatMs,
    track: {
      name: "Time to the answer",
      unit: heatmap === null ? "ms, logarithmic" : "ms, logarithmic; the darker, the more requests",
      description: [
        ...(slowest === null ? [] : [`Every request, at most ${formatMs(slowest)}`]),
        ...shown.map((curve) => spoken(curve, series, formatMs)),
      ].join("; "),
      lines: heatmap === null ? shown.map((curve) => lineOf(curve, series, x, y)) : [],
      yTicks: ticksOf(y, formatNumber),
      rules: limits.map(({ label, ms }): Rule => ({
        axis: "y",
        at: y.position(ms),
        label: `${label}, ${formatMs(ms)}`,
      })),
      isTall: true,
      heatmap: heatmap === null ? null : heatmapOf(heatmap, x, y),
    },
  };
}

/** The middle of a second stands for it. */
function lineOf(curve: Curve, series: readonly SeriesPoint[], x: (ms: number) => number, y: Scale): Line {
  return {
    label: curve.label,
    style: curve.style,
    points: series.flatMap((point, index) => {
      const value = curve.value(point);
      const at = value === null ? null : { x: x((point.second + 0.5) * 1000), y: y.position(value) };
      // Between two blocks nothing was measured.
      const isAfterGap = index > 0 && point.second > (series[index - 1]?.second ?? 0) + 1;
      return isAfterGap ? [null, at] : [at];
    }),
  };
}

function ticksOf(y: Scale, format: (value: number | null) => string): readonly Tick[] {
  return y.ticks.map((tick) => ({ position: y.position(tick), label: format(tick) }));
}

function valuesOf(curves: readonly Curve[], series: readonly SeriesPoint[]): readonly number[] {
  return series.flatMap((point) => curves.flatMap((curve) => curve.value(point) ?? []));
}

function spoken(curve: Curve, series: readonly SeriesPoint[], format: (value: number | null) => string): string {
  const values = valuesOf([curve], series);
  return values.length === 0
    ? `${curve.label}: no values`
    : `${curve.label} between ${format(Math.min(...values))} and ${format(Math.max(...values))}`;
}
