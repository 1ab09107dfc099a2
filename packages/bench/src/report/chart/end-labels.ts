import { html } from "../html.ts";
import type { Html } from "../html.ts";
import type { Line } from "./line.ts";
import { percentOf } from "./position.ts";

/**
 * The names of lines at their ends, each with a piece of its line. Labels that would touch are moved apart.
 *
 * @param gap  Height of a label, in thousandths of the plot's.
 */
export function endLabels(lines: readonly Line[], gap: number): Html {
  const ends = lines.flatMap((line) => {
    const last = line.points.findLast((point) => point !== null);
    return last === undefined || last === null ? [] : [{ line, y: last.y }];
  });
  const heights = apart(
    ends.map(({ y }) => y),
    gap,
  );
  return html`<div class="ends" aria-hidden="true">
    ${ends.map(
      ({ line }, index) =>
        html`<span class="end end-${line.style}" style="bottom:${percentOf(heights[index] ?? 0)}"
          ><svg viewBox="0 0 18 8"><path class="line line-${line.style}" d="M1 4H17" /></svg>${line.label}</span
        >`,
    )}
  </div>`;
}

/** Positions at least `gap` apart in their order, as near as possible to where they were, and between 0 and 1000 if they fit. */
export function apart(positions: readonly number[], gap: number): readonly number[] {
  const order = positions.map((_, index) => index).sort((a, b) => (positions[a] ?? 0) - (positions[b] ?? 0));
  const placed = [...positions];
  let floor = -Infinity;
  for (const index of order) {
    floor = Math.max(positions[index] ?? 0, floor);
    placed[index] = floor;
    floor += gap;
  }
  let ceiling = 1000;
  for (const index of order.toReversed()) {
    placed[index] = Math.min(placed[index] ?? 0, ceiling);
    ceiling = (placed[index] ?? 0) - gap;
  }
  return placed;
}
