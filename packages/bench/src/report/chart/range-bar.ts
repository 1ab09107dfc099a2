import { html } from "../html.ts";
import type { Html } from "../html.ts";
import { percentOf } from "./position.ts";
import type { Scale } from "./scale.ts";

/** Where a percentile, its interval and its limit stand on an axis that several rows share. */
export interface Range {
  readonly from: number | null;
  readonly to: number | null;
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly limit: number | null;
  readonly description: string;
}

/** A line from one value to another with the interval of the second and a bar for the limit. */
export function rangeBar({ from, to, interval, limit, description }: Range, scale: Scale): Html {
  const at = (value: number) => percentOf(scale.position(value));
  const stretch = (kind: string, low: number, high: number) =>
    html`<i
      class="range-${kind}"
      style="left:${at(low)};width:${percentOf(scale.position(high) - scale.position(low))}"
    ></i>`;
  const isOver = limit !== null && to !== null && to > limit;
  return html`<span class="range" role="img" aria-label="${description}" title="${description}">
    ${interval === null ? null : stretch("interval", interval.low, interval.high)}
    ${from === null || to === null ? null : stretch("line", from, Math.max(from, to))}
    ${from === null ? null : html`<i class="range-dot" style="left:${at(from)}"></i>`}
    ${to === null ? null : html`<i class="range-dot range-end${isOver ? " range-over" : ""}" style="left:${at(to)}"></i>`}
    ${limit === null ? null : html`<i class="range-limit" style="left:${at(limit)}"></i>`}
  </span>`;
}
