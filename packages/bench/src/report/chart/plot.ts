import { html } from "../html.ts";
import type { Html } from "../html.ts";

/**
 * One line of a plot; the style decides colour and dash pattern, so that colour is never the only difference.
 * A gap is a null.
 */
export interface Line {
  readonly label: string;
  readonly style: 1 | 2 | 3 | 4 | 5 | "error";
  /** Positions from 0 to 1000 in both directions, y upwards. */
  readonly points: readonly ({ readonly x: number; readonly y: number; readonly isWeak?: boolean } | null)[];
}

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

export interface Plot {
  readonly title: string;
  readonly unit: string;
  /** What the plot shows, in words, for those who cannot see it. */
  readonly description: string;
  readonly lines: readonly Line[];
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  readonly xTitle: string;
  readonly readouts: readonly Readout[];
  /** Stretches of the x axis whose values are in no figure. */
  readonly shaded?: readonly { readonly from: number; readonly to: number }[];
  readonly height?: "low" | "high";
}

/**
 * Draws lines over two axes.
 *
 * The drawing stretches with the page while lines keep their width, and labels are text beside it: readable from 360 to
 * 2560 pixels, themed by the style sheet, and without a script (readouts appear by hovering alone).
 */
export function drawPlot(plot: Plot): Html {
  return html`<figure class="plot plot-${plot.height ?? "low"}">
    <figcaption>
      <span class="plot-title">${plot.title}</span> <span class="plot-unit">${plot.unit}</span>${legend(plot.lines)}
    </figcaption>
    <div class="plot-body">
      <div class="plot-y" aria-hidden="true">
        ${plot.yTicks.map((tick) => html`<span style="bottom:${percent(tick.position)}">${tick.label}</span>`)}
      </div>
      <div class="plot-area">
        <svg
          viewBox="0 0 1000 1000"
          preserveAspectRatio="none"
          role="img"
          aria-label="${plot.title}. ${plot.description}"
        >
          <title>${plot.title}</title>
          <desc>${plot.description}</desc>
          ${(plot.shaded ?? []).map(({ from, to }) => (to > from ? html`<rect class="shaded" x="${round(from)}" y="0" width="${round(to - from)}" height="1000" />` : null))}
          ${plot.yTicks.map((tick) => html`<path class="grid" d="M0 ${1000 - round(tick.position)}H1000" />`)}
          ${plot.xTicks.map((tick) => html`<path class="grid" d="M${round(tick.position)} 0V1000" />`)}
          ${plot.lines.map((line) => html`<path class="line line-${line.style}" d="${pathOf(line, false)}" />${weakPath(line)}`)}
        </svg>
        ${plot.readouts.map(
          (readout) =>
            html`<div
              class="readout${readout.from + readout.to > 1000 ? " readout-left" : ""}"
              style="left:${percent(readout.from)};width:${percent(readout.to - readout.from)}"
            >
              <div class="tip" aria-hidden="true">
                <b>${readout.heading}</b
                >${readout.rows.map(([label, value]) => html`<span>${label}</span><span>${value}</span>`)}
              </div>
            </div>`,
        )}
      </div>
      <div class="plot-x" aria-hidden="true">
        ${plot.xTicks.map((tick) => html`<span style="left:${percent(tick.position)}">${tick.label}</span>`)}
      </div>
    </div>
    <div class="plot-x-title" aria-hidden="true">${plot.xTitle}</div>
  </figure>`;
}

/** A small line without axes, for a table cell; `values` in order, evenly spaced. */
export function drawSparkline(values: readonly (number | null)[], description: string): Html {
  const highest = Math.max(1, ...values.map((value) => value ?? 0));
  const width = Math.max(1, values.length - 1);
  const points = values.map((value, index) =>
    value === null ? null : { x: (index / width) * 1000, y: (value / highest) * 920 + 30 },
  );
  const line: Line = { label: "", style: 1, points };
  return html`<svg
    class="sparkline"
    viewBox="0 0 1000 1000"
    preserveAspectRatio="none"
    role="img"
    aria-label="${description}"
  >
    <title>${description}</title>
    <path class="line line-1" d="${pathOf(line, false)}" />
  </svg>`;
}

function legend(lines: readonly Line[]): Html | null {
  if (lines.length < 2) return null;
  return html`<span class="legend"
    >${lines.map(
      (line) =>
        html`<span class="legend-item"
          ><svg viewBox="0 0 28 8" aria-hidden="true"><path class="line line-${line.style}" d="M1 4H27" /></svg
          >${line.label}</span
        >`,
    )}</span
  >`;
}

/** A stretch belongs to the weak path when its end is weak. */
function pathOf(line: Line, isWeak: boolean): string {
  let path = "";
  let before: Line["points"][number] = null;
  let isPenDown = false;
  for (const point of line.points) {
    if (point !== null && (point.isWeak ?? false) === isWeak) {
      if (!isPenDown && before !== null) path += `M${round(before.x)} ${round(1000 - before.y)}`;
      path += `${isPenDown || before !== null ? "L" : "M"}${round(point.x)} ${round(1000 - point.y)}`;
      isPenDown = true;
    } else {
      isPenDown = false;
    }
    before = point;
  }
  return path;
}

function weakPath(line: Line): Html | null {
  const path = pathOf(line, true);
  return path === "" ? null : html`<path class="line line-${line.style} weak" d="${path}" />`;
}

function round(position: number): number {
  return Math.round(position * 10) / 10;
}

function percent(position: number): string {
  return `${round(position) / 10}%`;
}
