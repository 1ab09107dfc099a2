import { describe, expect, it } from "vitest";

import { centerOn, firstView, fitAll, isInView, nodeTowards, zoomBy } from "./viewport.ts";

const size = { width: 800, height: 300 };
const positions = { a: { x: 0, y: 0 }, b: { x: 400, y: 0 }, c: { x: 400, y: 200 } };

describe("the graph's window", () => {
  it("shows everything that fits, in the centre and never enlarged", () => {
    const view = fitAll(positions, size);
    expect(Object.values(positions).every((position) => isInView(position, view, size))).toBe(true);
    expect(fitAll({ a: { x: 50, y: 70 } }, size)).toEqual({ ...centerOn({ x: 50, y: 70 }, size, 1) });
  });

  it("opens a drawing that is too large to read at the interesting place", () => {
    const at = (index: number) => ({ x: index * 300, y: 0 });
    const long = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`n${index}`, at(index)]));
    const view = firstView(long, at(400), size);
    expect(view.scale).toBeGreaterThan(0.45);
    expect(isInView(at(400), view, size)).toBe(true);
    expect(isInView(at(0), view, size)).toBe(false);
    expect(firstView(positions, positions.c, size)).toEqual(fitAll(positions, size));
  });

  it("zooms around a fixed point, within limits", () => {
    const view = zoomBy({ x: 10, y: 20, scale: 1 }, 1.5, { x: 110, y: 20 });
    expect(view).toEqual({ x: -40, y: 20, scale: 1.5 });
    expect(zoomBy(view, 100, { x: 0, y: 0 }).scale).toBe(2);
  });

  it("goes by arrow keys to the nearest node ahead", () => {
    expect(nodeTowards(positions, "a", "right")).toBe("b");
    expect(nodeTowards(positions, "b", "down")).toBe("c");
    expect(nodeTowards(positions, "c", "left")).toBe("a");
    expect(nodeTowards(positions, "a", "up")).toBeNull();
  });
});
