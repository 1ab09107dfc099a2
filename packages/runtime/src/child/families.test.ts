import { expect, it } from "vitest";

import { Families } from "./families.ts";

it("a family grows to its limit, and others do not count", () => {
  const families = new Families(2);
  expect([families.grow("a"), families.grow("a"), families.grow("a"), families.grow("b")]).toEqual([
    true,
    true,
    false,
    true,
  ]);
});
