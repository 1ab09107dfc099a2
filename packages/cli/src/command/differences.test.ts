import { expect, test } from "vitest";

import { differences } from "./differences.ts";

test("equal values have no differences, whatever their prototypes and absent members", () => {
  const bare = Object.assign(Object.create(null) as object, { a: [1, { b: null }] });
  expect(differences({ a: [1, { b: null }], c: undefined }, bare)).toEqual([]);
});

test("every place that differs is listed with both values", () => {
  expect(differences({ a: [1, 2], b: "x", c: 1 }, { a: [1, 3, 4], b: "x" })).toEqual([
    "/a/1: server 2, re-folded 3",
    "/a/2: server nothing, re-folded 4",
    "/c: server 1, re-folded nothing",
  ]);
});

test("an array is not an object with the same members", () => {
  expect(differences([1], { 0: 1 })).toEqual([`: server [1], re-folded {"0":1}`]);
});
