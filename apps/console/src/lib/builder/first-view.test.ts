import { describe, expect, it } from "vitest";

import { boundsOf, firstView, idsInView } from "./first-view.ts";

const frame = { width: 800, height: 600 };

describe("firstView", () => {
  it("shows a small graph in the centre, not enlarged", () => {
    expect(firstView({ x: 100, y: 50, width: 224, height: 68 }, { x: 100, y: 50 }, frame)).toEqual({
      x: 400 - 112 - 100,
      y: 300 - 34 - 50,
      zoom: 1,
    });
  });

  it("shrinks a graph until it fits, as long as it is readable", () => {
    const { x, zoom } = firstView({ x: 0, y: 0, width: 960, height: 300 }, { x: 0, y: 0 }, frame);
    expect(zoom).toBeCloseTo(0.8);
    expect(x).toBeCloseTo(16);
  });

  it("shows four nodes in a row beside the panels of a window of 1,280 px", () => {
    const row = { x: 0, y: 0, width: 4 * 224 + 3 * 72, height: 68 };
    const { x, zoom } = firstView(row, { x: 0, y: 0 }, { width: 816, height: 790 });
    expect([x, x + row.width * zoom]).toEqual([expect.closeTo(16), expect.closeTo(800)]);
  });

  it.each([
    ["the start", 0, 16],
    ["the middle", 2_000, 400 - (2_000 + 112) * 0.7],
    ["the end", 3_776, 800 - 16 - 4_000 * 0.7],
  ])("shows a larger one around a node at %s", (_, nodeX, x) => {
    const view = firstView({ x: 0, y: 0, width: 4_000, height: 68 }, { x: nodeX, y: 0 }, frame);
    expect(view.zoom).toBe(0.7);
    expect(view.x).toBeCloseTo(x);
  });
});

it("boundsOf covers every card", () => {
  expect(boundsOf({ a: { x: -10, y: 5 }, b: { x: 300, y: 205 } })).toEqual({ x: -10, y: 5, width: 534, height: 268 });
});

it("idsInView names the cards of which the frame shows a part", () => {
  const positions = {
    left: { x: -225, y: 0 },
    cut: { x: -223, y: 0 },
    inside: { x: 100, y: 100 },
    below: { x: 0, y: 600 },
  };
  expect([...idsInView(positions, { x: 0, y: 0, zoom: 1 }, frame)]).toEqual(["cut", "inside"]);
  // Half as large, twice as much is seen.
  expect([...idsInView(positions, { x: 0, y: 0, zoom: 0.5 }, frame)]).toEqual(["cut", "inside", "below"]);
  expect([...idsInView(positions, { x: 226, y: 0, zoom: 1 }, frame)]).toEqual(["left", "cut", "inside"]);
});
