import { describe, expect, it } from "vitest";
import { RunScope, StepScope } from "./scope.ts";

describe("the scope of a run", () => {
  it("has only own members: no name reaches a prototype", () => {
    const scope = new RunScope({ headers: null, query: null, body: null }, "id", "start");
    scope.nodes["a"] = new StepScope(1);
    for (const object of [scope, scope.nodes, scope.run, scope.nodes["a"]]) {
      for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
        expect(name in (object as object)).toBe(false);
      }
    }
    expect(Object.keys(scope)).toEqual(["input", "headers", "query", "nodes", "run", "now"]);
    expect(JSON.stringify(scope.nodes)).toBe('{"a":{"output":1}}');
  });
});
