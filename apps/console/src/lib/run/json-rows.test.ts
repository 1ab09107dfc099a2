import { evaluate, parseExpression, parseJsonInput, type Json, type JsonObject } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { findPaths, memberCount, pathsAbove, visibleRows } from "./json-rows.ts";

const VALUE: Json = { a: [{ b: 1 }, "two"], 'odd "name"': { c: { d: "deep" } }, empty: {} };
const none = new Map<string, boolean>();

describe("visibleRows", () => {
  it("opens what is near the top, and the rest where a reader asks for it", () => {
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

  it("names every place by an expression that gives it", () => {
    for (const { path, value } of visibleRows(VALUE, "input", none)) {
      expect(evaluate(parseExpression(path), { input: VALUE }), path).toEqual(value);
    }
  });

  it("does not enter a large container by itself", () => {
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

  it("finds names and scalar values in order, whatever their case", () => {
    expect(find(VALUE, "D")).toEqual(['input."odd \\"name\\""', 'input."odd \\"name\\"".c.d']);
    expect(find(VALUE, "1")).toEqual(["input.a[0].b"]);
    expect(find("text", "EX")).toEqual(["input"]);
  });

  it("stops for breath in large values", () => {
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

describe("a number that keeps its digits", () => {
  const value = parseJsonInput('{"id":9007199254740993}');

  it("is a line of its own, found by its digits", () => {
    expect(visibleRows(value, "input", new Map()).map(({ path }) => path)).toEqual(["input", "input.id"]);
    expect([...findPaths(value, "input", "740993")]).toEqual(["input.id"]);
    expect(memberCount((value as JsonObject)["id"] ?? null)).toBe(0);
  });
});
