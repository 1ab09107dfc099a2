import type { FigureInterval, ScenarioResult } from "../result/result.ts";
import { countOf, formatShare } from "./format.ts";
import { html } from "./html.ts";
import type { Html, HtmlValue } from "./html.ts";

/** A figure with its range over the blocks below it; alone where there is none. */
export function withInterval(
  shown: HtmlValue,
  scenario: ScenarioResult,
  metric: string,
  format: (value: number) => string,
): HtmlValue {
  const text = intervalText(scenario, metric, format);
  return text === null ? shown : html`${shown} <span class="interval">${text}</span>`;
}

/** `1.42–1.61`; null where the result has none. */
function intervalText(
  { intervals = {} }: Pick<ScenarioResult, "intervals">,
  metric: string,
  format: (value: number) => string,
): string | null {
  const interval = intervals[metric];
  return interval === undefined ? null : `${format(interval.low)}–${format(interval.high)}`;
}

/** What the small figures mean, with the number of blocks; null where there are none. */
export function intervalNote({ intervals = {} }: Pick<ScenarioResult, "intervals">): Html | null {
  const [first] = Object.values(intervals);
  if (first === undefined) return null;
  return html`<p class="muted">Small figures are ${meaningOf(first)}.</p>`;
}

/** `the 95 % interval over 5 blocks`. */
function meaningOf({ level, blocks }: FigureInterval): string {
  return level === null
    ? `the range from the smallest to the largest of ${countOf(blocks, "block")}`
    : `the ${formatShare(level)} interval over ${countOf(blocks, "block")}`;
}
