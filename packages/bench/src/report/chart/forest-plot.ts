import { html } from "../html.ts";
import type { Html, HtmlValue } from "../html.ts";
import { percentOf } from "./position.ts";

/** A change of a figure as a ratio to before; above 1 is better. */
export interface ForestRow {
  readonly name: HtmlValue;
  readonly before: string;
  readonly after: string;
  /** The change in the direction of the figure itself. */
  readonly change: HtmlValue;
  readonly verdict: HtmlValue;
  readonly tone: "better" | "same" | "worse" | "open";
  readonly ratio: { readonly estimate: number; readonly low: number | null; readonly high: number | null } | null;
  /** In words. */
  readonly description: string;
}

/** Changes of at least this are at the edge; larger ones are cut there, with an arrow. */
const EDGES = [1.05, 1.1, 1.25, 1.5, 2, 3, 5, 10];

/**
 * One row per figure: the values, and the change with its interval on a logarithmic axis that all rows share, worse to the left of the
 * middle and better to the right.
 */
export function forestPlot(title: string, rows: readonly ForestRow[]): Html {
  const furthest = Math.max(
    ...rows.flatMap(({ ratio }) =>
      ratio === null
        ? []
        : [ratio.estimate, ratio.low ?? ratio.estimate, ratio.high ?? ratio.estimate].map((value) =>
            value > 0 ? Math.max(value, 1 / value) : 1,
          ),
    ),
    1,
  );
  const edge = EDGES.find((each) => each >= furthest) ?? EDGES.at(-1) ?? 10;
  const at = (ratio: number) =>
    Math.min(1000, Math.max(0, 500 + (500 * Math.log(Math.max(ratio, 1e-9))) / Math.log(edge)));
  return html`<p class="plot-title">${title}</p>
    <div class="scroll" tabindex="0" role="group" aria-label="Table: ${title}">
      <table class="forest">
        <thead>
          <tr>
            <th scope="col" class="cell">Figure</th>
            <th scope="col" class="cell num">Baseline</th>
            <th scope="col" class="cell num">Candidate</th>
            <th scope="col" class="cell">
              <span class="forest-axis"
                ><span>← worse, by ${percent(edge)}</span><span>same</span
                ><span>better, by ${percent(edge)} →</span></span
              >
            </th>
            <th scope="col" class="cell">Change, with its interval</th>
            <th scope="col" class="cell">Verdict</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                <td class="cell" data-label="Figure"><div>${row.name}</div></td>
                <td class="cell num" data-label="Baseline"><div>${row.before}</div></td>
                <td class="cell num" data-label="Candidate"><div>${row.after}</div></td>
                <td class="cell" data-label="Worse ← same → better"><div>${bar(row, at)}</div></td>
                <td class="cell" data-label="Change"><div>${row.change}</div></td>
                <td class="cell" data-label="Verdict"><div>${row.verdict}</div></td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function bar({ ratio, tone, description }: ForestRow, at: (ratio: number) => number): Html {
  if (ratio === null) return html`<span class="muted">no change to show</span>`;
  const { estimate, low, high } = ratio;
  return html`<span class="forest-bar forest-${tone}" role="img" aria-label="${description}" title="${description}"
    >${low === null || high === null ? null : html`<i class="forest-interval" style="left:${percentOf(at(low))};width:${percentOf(at(high) - at(low))}"></i>`}<i
      class="forest-dot"
      style="left:${percentOf(at(estimate))}"
    ></i
  ></span>`;
}

function percent(ratio: number): string {
  return ratio >= 2 ? `${String(ratio)} ×` : `${String(Math.round((ratio - 1) * 100))} %`;
}
