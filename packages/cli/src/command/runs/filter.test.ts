import { expect, test } from "vitest";

import { filterOf, manyOf, wholeNumber } from "./filter.ts";

test("a command on many runs needs a filter or --all, and no run beside it", () => {
  expect(() => manyOf(null, {})).toThrow("Name a run, or say which runs with a filter");
  expect(() => manyOf("a run", { all: true })).toThrow("Name a run or give a filter, not both.");
  expect(() => manyOf("a run", { code: "timeout" })).toThrow("not both");
  expect(manyOf("a run", {})).toBeNull();
  expect(manyOf(null, { all: true })).toEqual({});
  expect(manyOf(null, { workflow: "shop", after: "2026-11-30T12:00:00Z" })).toEqual({
    workflow: "shop",
    startedAfter: "2026-11-30T12:00:00Z",
  });
});

test("a status or a number that does not exist is refused with what does", () => {
  expect(() => filterOf({ status: "dead" })).toThrow("running, succeeded, failed, canceled");
  expect(() => wholeNumber("--limit", "0", 10)).toThrow('--limit "0" is not a whole number from 1 to 10.');
  expect(wholeNumber("--limit", "10", 10)).toBe(10);
});
