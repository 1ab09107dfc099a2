import { html } from "../html.ts";
import type { Html } from "../html.ts";
import { endLabels } from "./end-labels.ts";
import { linePaths } from "./line.ts";
import type { Line } from "./line.ts";
import { percentOf, rounded } from "./position.ts";

export interface Tick {
  readonly position: number;
  readonly label: string;
}

/** What the reader sees when pointing at a part of the x axis. */
export interface Readout {
  readonly from: number;
  readonly to: number;
  readonly heading: string;
  readonly rows: readonly (readonly [label: string, value: string])[];
}

/** A single value with its interval; a cross where it is a limit, hollow where it does not count. */
export interface Mark {
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
  readonly kind: "value" | "uncounted" | "limit";
  readonly label: string | null;
}

/** A straight line across the plot, such as a limit. */
export interface Rule {
  readonly axis: "x" | "y";
  readonly at: number;
  readonly label: string;
}

export interface Plot {
  /** What is to be seen, in a sentence. */
  readonly title: string;
  /** What the y axis shows, and in which unit. */
  readonly unit: string;
  /** What the plot shows, in words, for those who cannot see it. */
  readonly description: string;
  readonly lines: readonly Line[];
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  readonly xTitle: string;
  readonly readouts: readonly Readout[];
  readonly marks?: readonly Mark[];
  readonly rules?: readonly Rule[];
  /** An area between two lines, such as the interval of a fitted curve. */
  readonly band?: { readonly low: Line["points"]; readonly high: Line["points"] } | null;
}

/**
 * Draws lines and single values over two axes.
 *
 * The drawing stretches with the page while lines keep their width, and labels are text beside it: readable from 360 to
 * 2560 pixels, themed by the style sheet, and without a script (readouts appear by hovering alone).
 */
export function drawPlot(plot: Plot): Html {
  return html`<figure class="plot">
    <figcaption><span class="plot-title">${plot.title}</span> <span class="plot-unit">${plot.unit}</span></figcaption>
    <div class="plot-body">
      <div class="plot-y" aria-hidden="true">
        ${plot.yTicks.map((tick) => html`<span style="bottom:${percentOf(tick.position)}">${tick.label}</span>`)}
      </div>
      <div class="plot-area">
        <svg
          viewBox="0 0 1000 1000"
          preserveAspectRatio="none"
          role="img"
          aria-label="${plot.title}. ${plot.description}"
        >
          ${gridPath(plot.xTicks, plot.yTicks)}
          ${plot.band ? html`<path class="band" d="${areaOf(plot.band)}" />` : null}
          ${(plot.rules ?? []).map(({ axis, at }) => html`<path class="rule" d="${axis === "y" ? `M0 ${1000 - rounded(at)}H1000` : `M${rounded(at)} 0V1000`}" />`)}
          ${(plot.marks ?? []).map(({ x, low, high }) => (low === undefined || high === undefined ? null : html`<path class="whisker" d="M${rounded(x)} ${1000 - rounded(low)}V${1000 - rounded(high)}" />`))}
          ${plot.lines.map(linePaths)}
        </svg>
        <div aria-hidden="true">
          ${(plot.rules ?? []).map(({ axis, at, label }) => html`<span class="rule-label rule-label-${axis}${at > 600 ? " rule-label-far" : ""}" style="${axis === "y" ? "bottom" : "left"}:${percentOf(at)}">${label}</span>`)}
          ${(plot.marks ?? []).map(
            ({ x, y, kind, label }) =>
              html`<span class="mark mark-${kind}" style="left:${percentOf(x)};bottom:${percentOf(y)}"></span
                >${label === null ? null : html`<span class="mark-label${x > 700 ? " mark-label-left" : ""}" style="left:${percentOf(x)};bottom:${percentOf(y)}">${label}</span>`}`,
          )}
        </div>
        ${plot.readouts.map(drawReadout)}
      </div>
      ${endLabels(plot.lines, PLOT_LABEL_GAP)}
      <div class="plot-x" aria-hidden="true">
        ${plot.xTicks.map((tick) => html`<span style="left:${percentOf(tick.position)}">${tick.label}</span>`)}
      </div>
    </div>
    <div class="plot-x-title" aria-hidden="true">${plot.xTitle}</div>
  </figure>`;
}

/** Of labels in a plot of its usual height, in thousandths of it. */
const PLOT_LABEL_GAP = 62;

/** A column of the plot that shows its values when pointed at. */
export function drawReadout(readout: Readout): Html {
  return html`<div
    class="readout${readout.from + readout.to > 1000 ? " readout-left" : ""}"
    style="left:${percentOf(readout.from)};width:${percentOf(readout.to - readout.from)}"
  >
    <div class="tip" aria-hidden="true">
      <b>${readout.heading}</b>${readout.rows.map(([label, value]) => html`<span>${label}</span><span>${value}</span>`)}
    </div>
  </div>`;
}

function areaOf({ low, high }: NonNullable<Plot["band"]>): string {
  const points = [...low, ...high.toReversed()].filter((point) => point !== null);
  return `M${points.map(({ x, y }) => `${rounded(x)} ${1000 - rounded(y)}`).join("L")}Z`;
}

/** A line at each tick of both axes. */
export function gridPath(xTicks: readonly Tick[], yTicks: readonly Tick[]): Html {
  const lines = [
    ...yTicks.map((tick) => `M0 ${String(1000 - rounded(tick.position))}H1000`),
    ...xTicks.map((tick) => `M${String(rounded(tick.position))} 0V1000`),
  ];
  return html`<path class="grid" d="${lines.join("")}" />`;
}
