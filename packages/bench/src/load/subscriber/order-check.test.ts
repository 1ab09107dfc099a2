import { expect, test } from "vitest";
import { OrderCheck } from "./order-check.ts";

const IN_ORDER = [
  [0, 0, false],
  [0, 1, false],
  [1, 0, false],
  [1, 1, true],
] as const;
const CLEAN = { gaps: 0, duplicates: 0, misordered: 0, endUs: 7 };

function check(lines: readonly (readonly [number, number, boolean])[]): object {
  const order = new OrderCheck();
  for (const [seq, position, isEnd] of lines) order.take("run", seq, position, isEnd, 7);
  const { gaps, duplicates, misordered, endUs } = order.runs.get("run") ?? {};
  return { gaps, duplicates, misordered, endUs };
}

test("lines in order, from the first to the end, give nothing to complain about", () => {
  expect(check(IN_ORDER)).toEqual(CLEAN);
});

test("a missing line is a gap, the first one as any other", () => {
  expect(check([IN_ORDER[0], IN_ORDER[1], IN_ORDER[3]])).toEqual({ ...CLEAN, gaps: 1 });
  expect(
    check([
      [0, 0, false],
      [2, 0, true],
    ]),
  ).toEqual({ ...CLEAN, gaps: 1 });
  expect(check(IN_ORDER.slice(1))).toEqual({ ...CLEAN, gaps: 1 });
  expect(check(IN_ORDER.slice(2))).toEqual({ ...CLEAN, gaps: 1 });
});

test("a run whose last line did not come has no end", () => {
  expect(check(IN_ORDER.slice(0, 3))).toEqual({ ...CLEAN, endUs: null });
});

test("a repeated line is a duplicate", () => {
  expect(check([...IN_ORDER, IN_ORDER[3]])).toEqual({ ...CLEAN, duplicates: 1 });
});

test("an older line, or a line after the end, is out of order", () => {
  expect(check([IN_ORDER[0], IN_ORDER[1], IN_ORDER[2], IN_ORDER[1], IN_ORDER[3]])).toEqual({ ...CLEAN, misordered: 1 });
  expect(check([...IN_ORDER, [2, 0, false]])).toEqual({ ...CLEAN, misordered: 1 });
});
