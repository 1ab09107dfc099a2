import { expect, test } from "vitest";

import { eventLine } from "./event-line.ts";
import { createLogger } from "./log.ts";
import { ProgressLine } from "./progress-line.ts";
import { visible, visibleLine } from "./visible.ts";

test.each([
  ["a colour", "\u001b[31mred", "\\u001b[31mred"],
  ["a title and a bell", "\u001b]0;title\u0007", "\\u001b]0;title\\u0007"],
  ["a return to the start of the line", "failed\rsucceeded", "failed\\rsucceeded"],
  ["backspaces", "no\b\byes", "no\\u0008\\u0008yes"],
  ["a C1 sequence", "\u009b31m", "\\u009b31m"],
  ["a turned direction", "user\u202egpj.exe", "user\\u202egpj.exe"],
  ["an isolated direction", "\u2066x\u2069", "\\u2066x\\u2069"],
  ["a line separator", "a\u2028b\u0085c", "a\\u2028b\\u0085c"],
  ["an invisible tag", "a\u{e0041}b", "a\\u{e0041}b"],
  ["a null and a delete", "\u0000\u007f", "\\u0000\\u007f"],
])("shows %s instead of obeying it", (_, given, shown) => {
  expect(visible(given)).toBe(shown);
  expect(visibleLine(given)).toBe(shown);
});

test("leaves text in any script unchanged", () => {
  const text = "Grüße, 你好, שלום, مرحبا, 👩‍👩‍👧 e\u0301 \\u001b\ttab\nline";
  expect(visible(text)).toBe(text);
  expect(visibleLine(text)).toBe(text.replace("\t", "\\t").replace("\n", "\\n"));
});

test("an event, a log line and a progress line are each one line of text, whatever they contain", () => {
  const hostile = "x\u001b[2Ky\r\nz";
  const event = { at: "2026-11-24T12:34:56.123456Z", level: "info", node: hostile, message: hostile } as never;
  expect(eventLine(event, 4)).not.toMatch(/[\r\n\u001b]/);

  const written: string[] = [];
  const target = { isTTY: true, columns: 200, write: (text: string) => written.push(text) };
  createLogger("info", target).info({ detail: hostile }, hostile);
  expect(written).toHaveLength(1);
  expect(written[0]).toMatch(/^[^\r\n\u001b]*\n$/);

  written.length = 0;
  new ProgressLine({ ...target, isTTY: false }, () => 0).show({ share: 0, secondsLeft: 1, stage: hostile }, hostile);
  expect(written.join("")).not.toMatch(/[\r\u001b]/);
});
