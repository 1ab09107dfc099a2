import type { LatencySummary, ScenarioResult } from "../../result/result.ts";
import { decodeHistogram, isCarriedBy, percentileCurve } from "../../stats/index.ts";
import type { CurvePoint } from "../../stats/index.ts";
import { formatMs, formatNumber } from "../format.ts";
import type { Html } from "../html.ts";
import { drawPlot } from "./plot.ts";
import type { Line, Readout, Tick } from "./plot.ts";
import { logScale } from "./scale.ts";

const landmarks = [
  { quantile: 0.5, label: "50" },
  { quantile: 0.9, label: "90" },
  { quantile: 0.99, label: "99" },
  { quantile: 0.999, label: "99.9" },
  { quantile: 0.9999, label: "99.99" },
  { quantile: 0.99999, label: "99.999" },
];

const styles: readonly Line["style"][] = [1, 2, 3, 4, 5];

/**
 * Latency by percentile: the x axis is even in nines, the y axis logarithmic; thin dots where the sample does not carry
 * the percentile. A histogram that cannot be read is left out; without any, null.
 */
export function percentilePlot(latency: ScenarioResult["latency"]): Html | null {
  const curves = Object.entries(latency)
    .map(([name, summary]) => ({ name, count: summary.count + summary.failed, points: curveOf(summary) }))
    .filter((curve) => curve.points.length > 1)
    .slice(0, styles.length);
  const values = curves.flatMap((curve) => curve.points.map((point) => point.valueMs)).filter((value) => value > 0);
  if (values.length === 0) return null;

  const deepest = Math.max(...curves.flatMap((curve) => curve.points.map((point) => nines(point.quantile))));
  const shallowest = Math.min(...curves.flatMap((curve) => curve.points.map((point) => nines(point.quantile))));
  const x = (quantile: number) => ((nines(quantile) - shallowest) / (deepest - shallowest)) * 1000;
  const y = logScale(Math.min(...values), Math.max(...values));
  const visible = landmarks.filter(({ quantile }) => nines(quantile) <= deepest);
  return drawPlot({
    title: "Latency by percentile",
    unit: "ms, logarithmic",
    description: curves.map((curve) => `${curve.name}: ${spoken(curve.points, curve.count)}`).join("; "),
    lines: curves.map((curve, index): Line => ({
      label: curve.name,
      style: styles[index] ?? 5,
      points: curve.points.map((point) => ({
        x: x(point.quantile),
        y: y.position(point.valueMs),
        isWeak: !point.isCarried,
      })),
    })),
    xTicks: visible.map(({ quantile, label }): Tick => ({ position: x(quantile), label })),
    yTicks: y.ticks.map((tick): Tick => ({ position: y.position(tick), label: formatNumber(tick) })),
    xTitle: "percentile",
    readouts: visible.map(({ quantile, label }, index): Readout => ({
      from: midpoint(visible[index - 1], quantile, x) ?? 0,
      to: midpoint(visible[index + 1], quantile, x) ?? 1000,
      heading: `${label} %`,
      rows: curves.map((curve) => [
        curve.name,
        `${formatMs(nearest(curve.points, quantile))}${isCarriedBy(curve.count, quantile) ? "" : " (few samples)"}`,
      ]),
    })),
    height: "high",
  });
}

function curveOf({ histogram, failed }: LatencySummary): readonly CurvePoint[] {
  try {
    // The smallest sample says little and would stretch the axis.
    return percentileCurve(decodeHistogram(histogram), failed).filter((point) => point.quantile > 0);
  } catch {
    // A report of what there is beats no report; the raw figures below the plot still hold the summary.
    return [];
  }
}

function nines(quantile: number): number {
  return -Math.log10(1 - quantile);
}

function midpoint(
  neighbour: { readonly quantile: number } | undefined,
  quantile: number,
  x: (quantile: number) => number,
): number | null {
  return neighbour === undefined ? null : (x(neighbour.quantile) + x(quantile)) / 2;
}

function nearest(points: readonly CurvePoint[], quantile: number): number | null {
  const found = points.findLast((point) => point.quantile <= quantile + 1e-9);
  return found === undefined || nines(quantile) > nines(points.at(-1)?.quantile ?? 0) + 0.1 ? null : found.valueMs;
}

function spoken(points: readonly CurvePoint[], count: number): string {
  return [0.5, 0.99]
    .filter((quantile) => isCarriedBy(count, quantile))
    .map((quantile) => {
      const valueMs = nearest(points, quantile);
      return valueMs === null
        ? `less than ${quantile * 100} % answered`
        : `${quantile * 100} % below ${formatMs(valueMs)}`;
    })
    .join(", ");
}
