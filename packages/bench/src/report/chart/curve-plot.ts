import type { LoadPoint, ScenarioResult } from "../../result/result.ts";
import { formatDuration, formatMs, formatNumber } from "../format.ts";
import type { Html } from "../html.ts";
import { NO_ANSWER } from "../story.ts";
import type { Line } from "./line.ts";
import { drawPlot } from "./plot.ts";
import type { Mark, Readout, Rule } from "./plot.ts";
import { linearScale, logScale } from "./scale.ts";

const POINTS_MIN = 2;

/**
 * Latency over the load that was offered (open) or achieved (closed), with the limit of p99 and the boundary between rates that hold
 * their limits and rates that do not. Points that do not hold are hollow, and no line leads to them: beyond saturation there is no
 * curve. Null where less than two loads were tried.
 */
export function curvePlot(scenario: ScenarioResult): Html | null {
  const { curve = [], search } = scenario;
  const points = curve.map((point) => ({ ...point, load: loadOf(point), isHeld: holds(point, scenario) }));
  const values = points.flatMap(({ ackP50Ms, ackP99Ms }) => [ackP50Ms, ackP99Ms]).filter(isAbove0);
  if (points.length < POINTS_MIN || values.length === 0) return null;
  const limit = limitOf(scenario);
  const x = linearScale(Math.max(...points.map(({ load }) => load), search?.firstFailingPerSecond ?? 0), 5);
  const y = logScale(Math.min(...values), Math.max(...values, limit ?? 0));
  const line = (label: string, style: Line["style"], of: (point: LoadPoint) => number | null): Line => ({
    label,
    style,
    points: points.map((point) => {
      const value = of(point);
      return value === null || !point.isHeld ? null : { x: x.position(point.load), y: y.position(value) };
    }),
  });
  const isOpen = points.some(({ offeredPerSecond }) => offeredPerSecond !== null);
  return drawPlot({
    title: titleOf(scenario),
    unit: "Time to the acknowledgement in ms, logarithmic; hollow where a limit was missed",
    description: points
      .map(({ load, ackP99Ms, isHeld }) => `${formatNumber(load)}/s: p99 ${shown(ackP99Ms)}${isHeld ? "" : ", missed"}`)
      .join("; "),
    lines: [line("p50", 1, ({ ackP50Ms }) => ackP50Ms), line("p99", 2, ({ ackP99Ms }) => ackP99Ms)],
    marks: points.flatMap((point) =>
      [point.ackP50Ms, point.ackP99Ms].filter(isAbove0).map((value, index): Mark => ({
        x: x.position(point.load),
        y: y.position(value),
        kind: point.isHeld ? "value" : "uncounted",
        label: index === 1 && point.senders !== null ? formatNumber(point.senders) : null,
      })),
    ),
    rules: [
      ...(limit === null
        ? []
        : [{ axis: "y", at: y.position(limit), label: `limit of p99, ${formatMs(limit)}` } as Rule]),
      ...(search?.lastPassingPerSecond
        ? [{ axis: "x", at: x.position(search.lastPassingPerSecond), label: "last passing" } as Rule]
        : []),
    ],
    xTicks: x.ticks.map((tick) => ({ position: x.position(tick), label: formatNumber(tick) })),
    yTicks: y.ticks.map((tick) => ({ position: y.position(tick), label: formatNumber(tick) })),
    xTitle: isOpen ? "webhooks due per second" : "runs completed per second; figures at points are senders",
    readouts: readouts(points, (load) => x.position(load)),
  });
}

/** The boundary in a sentence. */
function titleOf({ search }: ScenarioResult): string {
  if (search === undefined) return "How latency grows with the load";
  const { lastPassingPerSecond: last, firstFailingPerSecond: first, because, isSustained, sustainMs } = search;
  const held =
    last === null
      ? "No rate that was tried holds every limit"
      : `Every limit holds at ${formatNumber(last)}/s${isSustained ? `, sustained for ${formatDuration(sustainMs)}` : ", in a burst only"}`;
  const missed = first === null ? "no rate that was tried failed" : `${formatNumber(first)}/s fails`;
  return `${held}; ${missed}${because === "probes" || because === "stopped" ? ", before the boundary was found" : ""}`;
}

function loadOf({ offeredPerSecond, achievedPerSecond }: LoadPoint): number {
  return offeredPerSecond ?? achievedPerSecond;
}

/** In a search, what its probes say; otherwise every point counts. */
function holds({ offeredPerSecond }: LoadPoint, { search }: ScenarioResult): boolean {
  const probes = (search?.probes ?? []).filter(
    ({ ratePerSecond }) => offeredPerSecond !== null && Math.abs(ratePerSecond / offeredPerSecond - 1) < 0.001,
  );
  return probes.every((probe) => probe.holds);
}

function limitOf({ thresholds }: ScenarioResult): number | null {
  for (const { expression } of thresholds) {
    const found = /^latency\.ack\.p99Ms <=? (\d[\d.]*)$/.exec(expression);
    if (found !== null) return Number(found[1]);
  }
  return null;
}

function isAbove0(value: number | null): value is number {
  return value !== null && value > 0;
}

function shown(value: number | null): string {
  return value === null ? NO_ANSWER : formatMs(value);
}

function readouts(
  points: readonly (LoadPoint & { readonly load: number })[],
  x: (load: number) => number,
): readonly Readout[] {
  const sorted = points.toSorted((a, b) => a.load - b.load);
  return sorted.map((point, index): Readout => {
    const [before, after] = [sorted[index - 1], sorted[index + 1]];
    return {
      from: before === undefined ? 0 : (x(before.load) + x(point.load)) / 2,
      to: after === undefined ? 1000 : (x(after.load) + x(point.load)) / 2,
      heading: `${formatNumber(point.load)}/s`,
      rows: [
        ["completed", `${formatNumber(point.achievedPerSecond)}/s`],
        ["acknowledged, p50", shown(point.ackP50Ms)],
        ["acknowledged, p99", shown(point.ackP99Ms)],
        ["ended, p99", shown(point.doneP99Ms)],
      ],
    };
  });
}
