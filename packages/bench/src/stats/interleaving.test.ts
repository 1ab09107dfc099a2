import { expect, test } from "vitest";
import { interleave } from "./interleaving.ts";

test("every block of four is A B B A or B A A B, both occur, and the seed decides", () => {
  const order = interleave(40, 3);
  const letters = order.map((version) => (version === "baseline" ? "A" : "B")).join("");
  const blocks = letters.match(/.{4}/g)!;
  expect(blocks).toHaveLength(20);
  expect(new Set(blocks)).toEqual(new Set(["ABBA", "BAAB"]));
  expect(interleave(40, 3)).toEqual(order);
  expect(interleave(40, 4)).not.toEqual(order);
});

test("a drift that grows steadily cancels out of the mean of every block", () => {
  const drift = interleave(40, 9).map((version, index) => (version === "baseline" ? -index : index));
  expect(drift.reduce((sum, each) => sum + each, 0)).toBe(0);
});

test("an odd number of pairs ends with half a block, which has one run of each", () => {
  const order = interleave(3, 1);
  expect(order).toHaveLength(6);
  expect(order.slice(4).toSorted()).toEqual(["baseline", "candidate"]);
});

test("no pairs, and half of one, are refused with their number", () => {
  expect(() => interleave(0, 1)).toThrow("got 0");
  expect(() => interleave(1.5, 1)).toThrow("got 1.5");
});
