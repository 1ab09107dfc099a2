import { expect, test } from "vitest";

import { shownAttempts } from "./shown-attempts.ts";

const attempts = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

test("of a hundred attempts the first and the last are listed, and all on request", () => {
  expect(shownAttempts(attempts(100), false)).toEqual({ first: [1, 2, 3], hidden: 92, last: [96, 97, 98, 99, 100] });
  expect(shownAttempts(attempts(100), true)).toEqual({ first: attempts(100), hidden: 0, last: [] });
});

test("of a dozen all are listed", () => {
  expect(shownAttempts(attempts(12), false)).toEqual({ first: attempts(12), hidden: 0, last: [] });
});
