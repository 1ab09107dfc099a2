import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { parseJsonInput, type Json } from "@meshhook/core";
import { expect, it } from "vitest";

import { weigh } from "./weigh.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** The memory that a parsed text takes. */
function measured(text: string): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  const held: Json[] = [];
  for (let n = 0; n < 4; n++) held.push(parseJsonInput(text));
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  expect(held).toHaveLength(4);
  return bytes / 4;
}

const list = (item: string, count: number): string =>
  `[${Array.from({ length: count }, (_, n) => item.replaceAll("#", String(n))).join(",")}]`;

it.each([
  ["one long text", JSON.stringify("x".repeat(400_000))],
  ["one long text beyond Latin-1", JSON.stringify(`€${"x".repeat(400_000)}`)],
  ["numbers", list("12345.5", 40_000)],
  ["empty objects", list("{}", 20_000)],
  ["small objects", list('{"id":1,"name":"name #","tags":["a#","b#"]}', 8_000)],
  ["short texts", list('"some text #"', 20_000)],
])("weighs %s within a factor of three of its memory", (_what, text) => {
  const estimate = weigh(parseJsonInput(text)).heap;
  const actual = measured(text);
  expect(estimate).toBeGreaterThan(actual / 3);
  expect(estimate).toBeLessThan(actual * 3);
});

it("counts the characters of JSON text approximately", () => {
  const value = { id: 17, name: "a name", tags: ["a", "b", { c: null, d: true }] };
  const { length } = JSON.stringify(value);
  const { text } = weigh(value);
  expect(text).toBeGreaterThan(length * 0.7);
  expect(text).toBeLessThan(length * 1.5);
});
