import { expect, it } from "vitest";

import { matchesFilter } from "./matches.ts";

it("a workflow is found by words of its name and slug, in any order and case", () => {
  const workflow = { name: "Order gate", slug: "shop-orders" };
  expect(matchesFilter(workflow, "GATE order")).toBe(true);
  expect(matchesFilter(workflow, "shop gate")).toBe(true);
  expect(matchesFilter(workflow, "  ")).toBe(true);
  expect(matchesFilter(workflow, "gate refund")).toBe(false);
});
