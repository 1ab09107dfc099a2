import { expect, test } from "vitest";
import { linePaths } from "./line.ts";
import type { Line } from "./line.ts";

function pathsOf(line: Line): string[] {
  return [...linePaths(line).text.matchAll(/<path\s+class="(line [^"]*)"\s+d="([^"]*)"/g)].map(
    ([, style, path]) => `${style}: ${path}`,
  );
}

test("a missing value is a gap in the line", () => {
  expect(
    pathsOf({
      label: "l",
      style: 1,
      points: [{ x: 0, y: 0 }, { x: 100, y: 500 }, null, { x: 300, y: 1000 }, { x: 400, y: 900 }],
    }),
  ).toEqual(["line line-1: M0 1000L100 500M300 0L400 100"]);
});

test("the part without enough samples continues where the other part ends", () => {
  expect(
    pathsOf({
      label: "l",
      style: 2,
      points: [
        { x: 0, y: 0 },
        { x: 100, y: 100 },
        { x: 200, y: 200, isWeak: true },
      ],
    }),
  ).toEqual(["line line-2: M0 1000L100 900", "line line-2 weak: M100 900L200 800"]);
});

test("a value between two gaps is seen as well", () => {
  expect(pathsOf({ label: "l", style: 1, points: [null, { x: 200, y: 300 }, null] })).toEqual([
    "line line-1: M200 700h4",
  ]);
});
