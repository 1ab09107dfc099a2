import { ExactNumber } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { valueAt, withValueAt } from "./json-path.ts";

describe("withValueAt", () => {
  it("creates missing objects, and removes objects that become empty", () => {
    const made = withValueAt({}, ["retry", "attemptsMax"], 3);
    expect(made).toEqual({ retry: { attemptsMax: 3 } });
    expect(withValueAt(made, ["retry", "attemptsMax"], undefined)).toEqual({});
    expect(withValueAt({ on: ["a", "b"] }, ["on", 0], undefined)).toEqual({ on: ["b"] });
    expect(withValueAt({ on: ["a"] }, ["on", 1], "b")).toEqual({ on: ["a", "b"] });
  });
});

describe("a number that keeps its digits", () => {
  const exact = new ExactNumber("9007199254740993");

  it("is a value without members", () => {
    expect(valueAt({ id: exact }, ["id", "text"])).toBeUndefined();
    expect(withValueAt({ id: exact }, ["id", "inner"], 1)).toEqual({ id: { inner: 1 } });
  });

  it("is not removed as empty", () => {
    expect(withValueAt({ a: { id: exact, b: 1 } }, ["a", "b"], undefined)).toEqual({ a: { id: exact } });
  });
});
