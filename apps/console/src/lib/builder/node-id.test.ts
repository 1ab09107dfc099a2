import { describe, expect, it } from "vitest";

import { freshNodeId } from "./node-id.ts";

describe("freshNodeId", () => {
  it.each([
    ["http_call@1", undefined, "http_call"],
    ["http_call@1", "Größe prüfen!", "gro_e_prufen"],
    ["http_call@1", "42", "http_call"],
    ["", undefined, "node"],
  ])("of %s labelled %s is %s", (type, label, id) => {
    expect(freshNodeId(type, label, new Set())).toBe(id);
  });

  it("numbers what is taken, within 48 letters", () => {
    const long = "x".repeat(48);
    expect(freshNodeId("t", long, new Set([long]))).toBe(`${"x".repeat(46)}_2`);
  });
});
