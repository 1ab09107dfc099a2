import type { StatisticsResource } from "@meshhook/contract";

/** One line of a plot; a gap where there is no value. */
export type Series = readonly (number | null)[];

/** A value for every bucket between the ends, also for those in which nothing happened. */
export function seriesOf(
  { bucketSeconds, from, points, to }: Pick<StatisticsResource, "bucketSeconds" | "from" | "points" | "to">,
  valueOf: (runs: StatisticsResource["runs"]) => number | null,
  empty: number | null,
): Series {
  const bucketMs = bucketSeconds * 1_000;
  const first = Math.floor(Date.parse(from) / bucketMs);
  const count = Math.max(1, Math.ceil(Date.parse(to) / bucketMs) - first);
  const values: (number | null)[] = Array.from({ length: count }, () => empty);
  for (const { at, runs } of points) {
    const index = Math.floor(Date.parse(at) / bucketMs) - first;
    if (index >= 0 && index < count) values[index] = valueOf(runs);
  }
  return values;
}

/** SVG paths of a line, one for each stretch without gaps; a lone value is a short stroke. */
export function pathOf(
  values: Series,
  max: number,
  { height, width }: { readonly height: number; readonly width: number },
): string {
  const step = width / Math.max(1, values.length - 1);
  const y = (value: number): number => height - (max === 0 ? 0 : (value / max) * height);
  let path = "";
  let isDrawing = false;
  values.forEach((value, index) => {
    if (value === null) {
      isDrawing = false;
      return;
    }
    const x = values.length === 1 ? width / 2 : index * step;
    path += `${isDrawing ? "L" : "M"}${round(x)} ${round(y(value))}`;
    if (!isDrawing && (values[index + 1] ?? null) === null) path += "h1";
    isDrawing = true;
  });
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
