import { expect, test } from "vitest";
import { OrderCheck } from "./order-check.ts";

const IN_ORDER = [
  [0, 0, false],
  [0, 1, false],
  [1, 0, false],
  [1, 1, true],
] as const;

function check(
  lines: readonly (readonly [number, number, boolean])[],
): Pick<OrderCheck, "gaps" | "duplicates" | "misordered" | "ends"> {
  const order = new OrderCheck();
  for (const [seq, position, isEnd] of lines) order.take("run", seq, position, isEnd);
  const { gaps, duplicates, misordered, ends } = order;
  return { gaps, duplicates, misordered, ends };
}

test("lines in order give nothing to complain about, wherever one comes in", () => {
  expect(check(IN_ORDER)).toEqual({ gaps: 0, duplicates: 0, misordered: 0, ends: 1 });
  expect(check(IN_ORDER.slice(2))).toEqual({ gaps: 0, duplicates: 0, misordered: 0, ends: 1 });
});

test("a missing line is a gap", () => {
  expect(check([IN_ORDER[0], IN_ORDER[2], IN_ORDER[3]]).gaps).toBe(0);
  expect(check([IN_ORDER[0], IN_ORDER[1], IN_ORDER[3]]).gaps).toBe(1);
  expect(
    check([
      [0, 0, false],
      [2, 0, true],
    ]).gaps,
  ).toBe(1);
});

test("a repeated line is a duplicate, and its end counts once", () => {
  expect(check([...IN_ORDER, IN_ORDER[3]])).toEqual({ gaps: 0, duplicates: 1, misordered: 0, ends: 1 });
});

test("an older line, or a line after the end, is out of order", () => {
  expect(check([IN_ORDER[0], IN_ORDER[1], IN_ORDER[2], IN_ORDER[1], IN_ORDER[3]]).misordered).toBe(1);
  expect(check([...IN_ORDER, [2, 0, false]]).misordered).toBe(1);
});
