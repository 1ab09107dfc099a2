import { parseKeybinding } from "tinykeys";
import { expect, it } from "vitest";

import { keysOf, SHORTCUTS } from "./shortcuts.ts";

it("every shortcut is one that tinykeys can read, and no two are the same", () => {
  const all = Object.values(SHORTCUTS);
  for (const shortcut of all) expect(parseKeybinding(shortcut).length, shortcut).toBeGreaterThan(0);
  expect(new Set(all).size).toBe(all.length);
});

it("no shortcut begins with the whole of another, which would fire first", () => {
  const all: readonly string[] = Object.values(SHORTCUTS);
  for (const one of all) expect(all.filter((other) => other.startsWith(`${one} `))).toEqual([]);
});

it("shortcuts read as the keys that are pressed", () => {
  expect(keysOf("$mod+k", false)).toEqual(["Ctrl", "K"]);
  expect(keysOf("$mod+k", true)).toEqual(["⌘", "K"]);
  expect(keysOf("g o", false)).toEqual(["g", "o"]);
  expect(keysOf("Shift+?", false)).toEqual(["?"]);
  expect(keysOf("/", false)).toEqual(["/"]);
});
