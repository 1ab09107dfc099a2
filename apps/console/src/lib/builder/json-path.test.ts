import { describe, expect, it } from "vitest";

import { withValueAt } from "./json-path.ts";

describe("withValueAt", () => {
  it("makes what is missing, and takes away objects that become empty", () => {
    const made = withValueAt({}, ["retry", "attemptsMax"], 3);
    expect(made).toEqual({ retry: { attemptsMax: 3 } });
    expect(withValueAt(made, ["retry", "attemptsMax"], undefined)).toEqual({});
    expect(withValueAt({ on: ["a", "b"] }, ["on", 0], undefined)).toEqual({ on: ["b"] });
    expect(withValueAt({ on: ["a"] }, ["on", 1], "b")).toEqual({ on: ["a", "b"] });
  });
});
