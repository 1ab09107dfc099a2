import { expect, test } from "vitest";

import { pack, unpack } from "./as-messages.ts";

const throughWorker = (value: unknown): unknown => unpack(structuredClone(pack(value)));

test.each([null, undefined, true, 7, "a text", [1, [2]], { a: { b: null }, c: [] }])(
  "%j comes out of a worker as it went in",
  (value) => {
    expect(JSON.stringify(throughWorker(value))).toBe(JSON.stringify(value));
  },
);

test("a value with its own notation keeps it in transit", () => {
  class Exact {
    toJSON(): unknown {
      return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON("12345678901234567890");
    }
  }
  expect(pack({ id: new Exact() })).toEqual({ json: '{"id":12345678901234567890}' });
});
