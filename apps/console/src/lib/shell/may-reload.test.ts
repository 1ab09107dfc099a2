import { expect, test } from "vitest";

import { mayReload } from "./may-reload.ts";

test("an address loads itself again once, and not again before ten seconds have passed", () => {
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
