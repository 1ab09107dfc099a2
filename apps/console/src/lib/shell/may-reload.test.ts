import { expect, test } from "vitest";

import { mayReload } from "./may-reload.ts";

test("an address reloads once, and not again within ten seconds", () => {
  const kept = new Map<string, string>();
  const store = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  expect(mayReload("/runs", 1_000, store)).toBe(true);
  expect(mayReload("/runs", 10_999, store)).toBe(false);
  expect(mayReload("/workflows", 10_999, store)).toBe(true);
  expect(mayReload("/runs", 11_000, store)).toBe(true);
  expect(mayReload("/runs", 21_000, store)).toBe(true);
});
