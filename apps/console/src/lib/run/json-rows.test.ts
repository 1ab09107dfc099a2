import { evaluate, parseExpression, parseJsonInput, type Json } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { findPaths, pathsAbove, visibleRows } from "./json-rows.ts";

const VALUE: Json = { a: [{ b: 1 }, "two"], 'odd "name"': { c: { d: "deep" } }, empty: {} };
const none = new Map<string, boolean>();

describe("visibleRows", () => {
  it("opens what is near the top, and the rest on request", () => {
    const rows = visibleRows(VALUE, "input", none);
    expect(rows.map(({ path, isOpen }) => `${path} ${isOpen}`)).toEqual([
      "input true",
      "input.a true",
      "input.a[0] false",
      "input.a[1] false",
      'input."odd \\"name\\"" true',
      'input."odd \\"name\\"".c false',
      "input.empty false",
    ]);
    const chosen = visibleRows(
      VALUE,
      "input",
      new Map([
        ["input.a", false],
        ['input."odd \\"name\\"".c', true],
      ]),
    );
    expect(chosen.map(({ name }) => name)).toEqual([null, "a", 'odd "name"', "c", "d", "empty"]);
  });

  it("names every place by an expression for it", () => {
    for (const { path, value } of visibleRows(VALUE, "input", none)) {
      expect(evaluate(parseExpression(path), { input: VALUE }), path).toEqual(value);
    }
  });

  it("does not open a large container initially", () => {
    expect(
      visibleRows(
        Array.from({ length: 100_000 }, (_, index) => index),
        "input",
        none,
      ),
    ).toHaveLength(1);
  });
});

describe("findPaths", () => {
  const find = (value: Json, text: string): (string | null)[] => [...findPaths(value, "input", text)];

  it("finds names and scalar values in order, ignoring case", () => {
    expect(find(VALUE, "D")).toEqual(['input."odd \\"name\\""', 'input."odd \\"name\\"".c.d']);
    expect(find(VALUE, "1")).toEqual(["input.a[0].b"]);
    expect(find("text", "EX")).toEqual(["input"]);
  });

  it("pauses in large values", () => {
    expect(
      find(
        Array.from({ length: 50_000 }, () => 0),
        "x",
      ),
    ).toEqual([null, null]);
  });
});

describe("pathsAbove", () => {
  it("gives the containers around a place, outermost first", () => {
    expect(pathsAbove('input."odd \\"name\\"".c.d', "input")).toEqual([
      "input",
      'input."odd \\"name\\""',
      'input."odd \\"name\\"".c',
    ]);
    expect(pathsAbove("input", "input")).toEqual([]);
  });
});

it("a number that keeps its digits is one line, and is found by its digits", () => {
  const value = parseJsonInput('{"id":12345678901234567890}');
  expect(visibleRows(value, "input", new Map()).map(({ path, value: shown }) => [path, JSON.stringify(shown)])).toEqual(
    [
      ["input", '{"id":12345678901234567890}'],
      ["input.id", "12345678901234567890"],
    ],
  );
  expect([...findPaths(value, "input", "4567890")]).toEqual(["input.id"]);
});
