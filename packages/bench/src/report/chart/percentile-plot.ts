import type { LatencySummary, ScenarioResult } from "../../result/result.ts";
import { decodeHistogram, isCarriedBy, percentileCurve, rankedHistogram } from "../../stats/index.ts";
import type { CurvePoint } from "../../stats/index.ts";
import { formatMs, formatNumber } from "../format.ts";
import type { Html } from "../html.ts";
import type { Line } from "./line.ts";
import { drawPlot } from "./plot.ts";
import type { Mark, Readout, Tick } from "./plot.ts";
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
 * the percentile, a cross at every limit. A histogram that cannot be read is left out; without any, null.
 */
export function percentilePlot({ latency, thresholds }: Pick<ScenarioResult, "latency" | "thresholds">): Html | null {
  const curves = Object.entries(latency)
    .flatMap(([name, summary]) => curveOf(name, summary) ?? [])
    .filter((curve) => curve.points.length > 1)
    .slice(0, styles.length);
  const values = curves.flatMap((curve) => curve.points.map((point) => point.valueMs)).filter((value) => value > 0);
  if (values.length === 0) return null;

  const deepest = Math.max(...curves.flatMap((curve) => curve.points.map((point) => nines(point.quantile))));
  const shallowest = Math.min(...curves.flatMap((curve) => curve.points.map((point) => nines(point.quantile))));
  const x = (quantile: number) => ((nines(quantile) - shallowest) / (deepest - shallowest)) * 1000;
  const limits = limitsOf(thresholds).filter(({ quantile }) => nines(quantile) <= deepest);
  const y = logScale(Math.min(...values), Math.max(...values, ...limits.map(({ valueMs }) => valueMs)));
  const visible = landmarks.filter(({ quantile }) => nines(quantile) <= deepest);
  return drawPlot({
    title: titleOf(curves),
    unit: "Latency in ms, logarithmic, by percentile; dots rest on fewer than ten samples beyond",
    description: curves.map((curve) => `${curve.name}: ${spoken(curve)}`).join("; "),
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
    marks: limits.map(({ name, quantile, valueMs }): Mark => ({
      x: x(quantile),
      y: y.position(valueMs),
      kind: "limit",
      label: `limit of ${name}, ${formatMs(valueMs)}`,
    })),
    readouts: visible.map(({ quantile, label }, index): Readout => ({
      from: midpoint(visible[index - 1], quantile, x) ?? 0,
      to: midpoint(visible[index + 1], quantile, x) ?? 1000,
      heading: `${label} %`,
      rows: curves.map((curve) => [
        curve.name,
        `${formatMs(curve.valueMsAt(quantile))}${isCarriedBy(curve.count, quantile) ? "" : " (few samples)"}`,
      ]),
    })),
  });
}

/** What the slowest hundredth waited for, or the median where the sample does not carry more. */
function titleOf(curves: readonly Curve[]): string {
  const curve = curves.find(({ name }) => name === "lag") ?? curves.find(({ name }) => name === "ack") ?? curves[0];
  if (curve === undefined) return "Latency";
  const quantile = isCarriedBy(curve.count, 0.99) ? 0.99 : 0.5;
  const valueMs = curve.valueMsAt(quantile);
  const what = { ack: "were answered", done: "had ended", lag: "had reached every viewer" }[curve.name] ?? "were over";
  return valueMs === null
    ? `Less than ${quantile * 100} % ${what}`
    : `${quantile * 100} % ${what} within ${formatMs(valueMs)}`;
}

/** Limits of percentiles, as in `latency.ack.p99Ms <= 12`. */
function limitsOf(
  thresholds: ScenarioResult["thresholds"],
): readonly { readonly name: string; readonly quantile: number; readonly valueMs: number }[] {
  return thresholds.flatMap(({ expression }) => {
    const found = /^latency\.(\w+)\.p(50|90|95|99|999)Ms <=? (\d[\d.]*)$/.exec(expression);
    if (found === null) return [];
    const [, name = "", digits = "", limit = ""] = found;
    return [{ name, quantile: Number(`0.${digits}`), valueMs: Number(limit) }];
  });
}

interface Curve {
  readonly name: string;
  /** Samples, those that failed included. */
  readonly count: number;
  readonly points: readonly CurvePoint[];
  /** Null where the sample ends before, or where failures begin. */
  readonly valueMsAt: (quantile: number) => number | null;
}

function curveOf(name: string, { histogram: text, failed }: LatencySummary): Curve | null {
  try {
    const histogram = decodeHistogram(text);
    const { count, valueAtRank } = rankedHistogram(histogram, failed);
    const all = count + failed;
    return {
      name,
      count: all,
      // The smallest sample says little and would stretch the axis.
      points: percentileCurve(histogram, failed).filter((point) => point.quantile > 0),
      valueMsAt: (quantile) => {
        const rank = Math.max(1, Math.ceil(Number((quantile * all).toFixed(6))));
        return rank > count || (1 - quantile) * all < 1 - 1e-9 ? null : valueAtRank(rank);
      },
    };
  } catch {
    // A report of what there is beats no report; the raw figures below the plot still hold the summary.
    return null;
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

function spoken({ count, valueMsAt }: Curve): string {
  return [0.5, 0.99]
    .filter((quantile) => isCarriedBy(count, quantile))
    .map((quantile) => {
      const valueMs = valueMsAt(quantile);
      return valueMs === null
        ? `less than ${quantile * 100} % answered`
        : `${quantile * 100} % below ${formatMs(valueMs)}`;
    })
    .join(", ");
}
