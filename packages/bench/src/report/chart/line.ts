import { html } from "../html.ts";
import type { Html } from "../html.ts";
import { rounded } from "./position.ts";

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

/** The line, and what rests on few samples as dots. */
export function linePaths(line: Line): Html {
  const weak = pathOf(line, true);
  return html`<path
      class="line line-${line.style}"
      d="${pathOf(line, false)}"
    />${weak === "" ? null : html`<path class="line line-${line.style} weak" d="${weak}" />`}`;
}

/** A stretch belongs to the weak path when its end is weak. A point between two gaps is a short dash. */
function pathOf(line: Line, isWeak: boolean): string {
  let path = "";
  let before: Line["points"][number] = null;
  let isPenDown = false;
  line.points.forEach((point, index) => {
    if (point !== null && (point.isWeak ?? false) === isWeak) {
      if (!isPenDown && before !== null) path += `M${rounded(before.x)} ${rounded(1000 - before.y)}`;
      path += `${isPenDown || before !== null ? "L" : "M"}${rounded(point.x)} ${rounded(1000 - point.y)}`;
      if (before === null && (line.points[index + 1] ?? null) === null) path += "h4";
      isPenDown = true;
    } else {
      isPenDown = false;
    }
    before = point;
  });
  return path;
}
