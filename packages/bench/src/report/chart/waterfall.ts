import { html } from "../html.ts";
import type { Html, HtmlValue } from "../html.ts";
import { percentOf } from "./position.ts";
import type { Tick } from "./plot.ts";

/** A part of a row, as positions from 0 to 1000. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly style: 1 | 2 | 3 | 4 | 5;
}

export interface WaterfallRow {
  readonly name: HtmlValue;
  /** All of the row in words. */
  readonly description: string;
  readonly stretches: readonly Stretch[];
  /** Stands below the bar. */
  readonly note: HtmlValue;
}

/** Draws rows of stretches behind each other, each in its own colour and pattern, over one axis. */
export function drawWaterfall(options: {
  readonly title: string;
  readonly keys: readonly (readonly [style: Stretch["style"], label: string])[];
  readonly rows: readonly WaterfallRow[];
  readonly ticks: readonly Tick[];
  readonly xTitle: string;
}): Html {
  const { title, keys, rows, ticks, xTitle } = options;
  return html`<figure class="waterfall">
    <figcaption>
      <span class="plot-title">${title}</span>
      <span class="waterfall-keys" aria-hidden="true"
        >${keys.map(([style, label]) => html`<span><i class="part part-${style}"></i>${label}</span>`)}</span
      >
    </figcaption>
    <ol class="waterfall-rows">
      ${rows.map(
        (row) =>
          html`<li>
            <span class="waterfall-name">${row.name}</span>
            <span class="waterfall-bar" role="img" aria-label="${row.description}"
              >${row.stretches.map(({ from, to, label, style }) => html`<i class="part part-${style}" title="${label}" style="left:${percentOf(from)};width:${percentOf(to - from)}"></i>`)}</span
            >
            <span class="waterfall-note">${row.note}</span>
          </li>`,
      )}
    </ol>
    <div class="waterfall-axis" aria-hidden="true">
      <div class="plot-x">
        ${ticks.map((tick) => html`<span style="left:${percentOf(tick.position)}">${tick.label}</span>`)}
      </div>
    </div>
    <div class="plot-x-title" aria-hidden="true">${xTitle}</div>
  </figure>`;
}
