import { expect, it } from "vitest";

import { jsonPieces } from "./json-text.ts";

it.each([
  [{}],
  [{ a: 1, b: null, c: undefined, d: { e: [1, { f: "ü\u2028" }] } }],
  [{ items: [], next: null }],
  [{ items: [{ a: 1 }, "x", [2]], 'na"me': true }],
])("writes what JSON.stringify writes", async (answer) => {
  expect((await jsonPieces(answer)).join("")).toBe(JSON.stringify(answer));
});

it("writes a large answer in pieces, with a turn for other work between them", async () => {
  const answer = { id: "x", steps: Array.from({ length: 12 }, () => ({ output: "y".repeat(500_000) })), result: 1 };
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const pieces = await jsonPieces(answer);
  isOver = true;
  expect(pieces.join("")).toBe(JSON.stringify(answer));
  expect(pieces.length).toBeGreaterThan(3);
  expect(turns).toBeGreaterThan(2);
});
