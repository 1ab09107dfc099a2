import { expect, test } from "vitest";

import { defaultSettings, settingsFile, sharedBuffersMib } from "./settings.ts";

test("shared buffers are an eighth of the memory, from 64 MiB to 1 GiB", () => {
  const gib = 1024 ** 3;
  expect(sharedBuffersMib(gib / 4)).toBe(64);
  expect(sharedBuffersMib(4 * gib)).toBe(512);
  expect(sharedBuffersMib(256 * gib)).toBe(1024);
});

test("the defaults keep every acknowledged commit on disk", () => {
  expect(defaultSettings()).toMatchObject({ fsync: "on", synchronous_commit: "on" });
});

test("a setting's value is quoted, so that it cannot add another line", () => {
  expect(settingsFile({ b: "it's", a: "C:\\x" })).toMatch(/\na = 'C:\\\\x'\nb = 'it''s'\n$/);
});
