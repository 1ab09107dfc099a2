import { expect, it } from "vitest";

import { knownPositions } from "./place-nodes.ts";

const nodes = { a: {}, b: {} };
const layout = { a: { x: 1, y: 2 }, b: { x: 3, y: 4 }, gone: { x: 5, y: 6 } };

it("takes a document's own positions when every node has one, and only those of its nodes", () => {
  expect(knownPositions({ nodes, edges: [], layout })).toEqual({ a: layout.a, b: layout.b });
  expect(knownPositions({ nodes, edges: [], layout: { a: layout.a, gone: layout.gone } })).toBeNull();
  expect(knownPositions({ nodes, edges: [] })).toBeNull();
});
