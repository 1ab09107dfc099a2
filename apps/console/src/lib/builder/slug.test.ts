import { expect, it } from "vitest";

import { slugFrom } from "./slug.ts";

it.each([
  ["Orders → Warehouse", "orders-warehouse"],
  ["  Überweisung 2 ", "uberweisung-2"],
  ["注文", ""],
  ["a".repeat(62) + " b", "a".repeat(62)],
])("%j becomes %j", (name, slug) => {
  expect(slugFrom(name)).toBe(slug);
});
