import { expect, test } from "vitest";

import { createLogger } from "./log.ts";

function collect(isTTY: boolean): {
  readonly lines: string[];
  readonly target: { isTTY: boolean; write(text: string): void };
} {
  const lines: string[] = [];
  return { lines, target: { isTTY, write: (text) => void lines.push(text) } };
}

test("machines get one JSON object per line", () => {
  const { lines, target } = collect(false);
  createLogger("info", target).info({ shards: 64 }, "ready");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toEqual({ level: "info", time: expect.any(String), msg: "ready", shards: 64 });
});

test("people get time, level, message and details", () => {
  const { lines, target } = collect(true);
  createLogger("info", target).info({ shards: 64, name: "a" }, "ready");
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}ready shards=64 name=a\n$/);
});

test("an error's stack is shown to people", () => {
  const { lines, target } = collect(true);
  createLogger("info", target).error({ err: new Error("boom") }, "crashed");
  expect(lines[0]).toMatch(/error crashed.*\nError: boom\n {4}at /s);
});

test("lines below the level are not written", () => {
  const { lines, target } = collect(false);
  createLogger("warn", target).info({}, "chatter");
  expect(lines).toEqual([]);
});
