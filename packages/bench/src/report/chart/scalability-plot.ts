import type { Scalability, ScalabilityLaw } from "../../result/result.ts";
import { uslThroughput } from "../../stats/index.ts";
import { countOf, formatNumber, formatShare } from "../format.ts";
import type { Html } from "../html.ts";
import type { Line } from "./line.ts";
import { drawPlot } from "./plot.ts";
import type { Mark, Rule } from "./plot.ts";
import { linearScale } from "./scale.ts";

/** Steps in which a curve is drawn. */
const STEPS = 60;

/**
 * Throughput over the number of senders or processes: every point with its range over the blocks, the Universal Scalability Law within the numbers
 * for which it holds, and what linear growth would give. Null without points.
 */
export function scalabilityPlot({ points, law, of }: Scalability): Html | null {
  if (points.length < 2) return null;
  const most = Math.max(...points.map(({ n }) => n));
  const highest = Math.max(...points.map(({ high }) => high), law?.peak?.perSecond ?? 0);
  const x = linearScale(most, 5);
  const y = linearScale(highest * 1.05, 4);
  const sampled = (from: number, until: number, value: (n: number) => number): Line["points"] =>
    Array.from({ length: STEPS + 1 }, (_, step) => {
      const n = from + ((until - from) * step) / STEPS;
      const throughput = value(n);
      return throughput > highest * 1.05 ? null : { x: x.position(n), y: y.position(throughput) };
    });
  return drawPlot({
    title: titleOf(law, of),
    unit: "Runs completed per second; upright strokes are the range over the blocks",
    description: points
      .map(
        ({ n, perSecond, efficiency }) =>
          `${formatNumber(n)} ${of}: ${formatNumber(perSecond)}/s${efficiency === null ? "" : `, efficiency ${formatShare(efficiency)}`}`,
      )
      .join("; "),
    lines:
      law === null
        ? []
        : [
            {
              label: "fitted law",
              style: 1,
              points: sampled(law.validFrom, law.validUntil, (n) =>
                uslThroughput({ lambda: law.lambda.estimate, sigma: law.sigma.estimate, kappa: law.kappa.estimate }, n),
              ),
            },
            { label: "linear", style: 4, points: sampled(0, most, (n) => law.lambda.estimate * n) },
          ],
    marks: points.map(({ n, perSecond, low, high }): Mark => ({
      x: x.position(n),
      y: y.position(perSecond),
      low: y.position(low),
      high: y.position(high),
      kind: "value",
      label: null,
    })),
    rules:
      law?.peak && law.peak.n.estimate <= (x.ticks.at(-1) ?? 0)
        ? [
            {
              axis: "x",
              at: x.position(law.peak.n.estimate),
              label: `peak at ${formatNumber(Math.round(law.peak.n.estimate))}`,
            } satisfies Rule,
          ]
        : [],
    xTicks: x.ticks.map((tick) => ({ position: x.position(tick), label: formatNumber(tick) })),
    yTicks: y.ticks.map((tick) => ({ position: y.position(tick), label: formatNumber(tick) })),
    xTitle: of,
    readouts: [],
  });
}

function titleOf(law: ScalabilityLaw | null, of: Scalability["of"]): string {
  if (law === null) return `Throughput by number of ${of}, without a law`;
  const linear =
    law.linearUntil === null
      ? "Not linear from the start"
      : `Linear to ${countOf(law.linearUntil, of === "processes" ? "process" : "sender", of)} (efficiency at least 90 %)`;
  const peak =
    law.peak === null
      ? "no peak within what was measured"
      : `peak near ${formatNumber(Math.round(law.peak.n.estimate))} (${formatNumber(Math.floor(law.peak.n.low))}–${formatNumber(Math.ceil(law.peak.n.high))})`;
  return `${linear}; ${peak}`;
}
