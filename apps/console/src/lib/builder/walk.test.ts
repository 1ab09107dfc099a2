import { expect, it } from "vitest";

import { blankDraft } from "./draft.ts";
import { neighbourOf } from "./walk.ts";

const draft = {
  ...blankDraft("x", ""),
  nodes: Object.fromEntries(["a", "b", "c", "d"].map((id) => [id, { type: "transform@1", config: {} }])),
  edges: [
    { from: "a", to: "b" },
    { from: "a", to: "c" },
  ],
  layout: { a: { x: 0, y: 50 }, b: { x: 300, y: 0 }, c: { x: 300, y: 120 }, d: { x: 320, y: 300 } },
};

it.each([
  ["a", "right", "b"],
  ["c", "left", "a"],
  ["b", "down", "c"],
  ["c", "down", "d"],
  ["d", "up", "c"],
  ["a", "left", null],
  ["d", "right", null],
  ["gone", "up", null],
] as const)("from %s %s leads to %s", (from, direction, to) => {
  expect(neighbourOf(draft, from, direction)).toBe(to);
});
