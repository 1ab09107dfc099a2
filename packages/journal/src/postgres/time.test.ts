import { assert, integer, property } from "fast-check";
import { expect, it } from "vitest";

import { microsOf, timestampOf } from "./time.ts";

it("writes microseconds in full and reads what Postgres writes", () => {
  expect(timestampOf(1_795_482_773_253_007)).toBe("2026-11-24T01:12:53.253007Z");
  expect(timestampOf(0)).toBe("1970-01-01T00:00:00.000000Z");
  expect(microsOf("2026-11-24 01:12:53.253007+00")).toBe(1_795_482_773_253_007);
  expect(microsOf("2026-11-24 01:12:53.25+00")).toBe(1_795_482_773_250_000);
  expect(microsOf("1970-01-01 00:00:00+00")).toBe(0);
});

it("reads back every time that it writes, in Postgres's form", () => {
  assert(
    property(integer({ min: 0, max: 8_000_000_000_000_000 }), (micros) => {
      const asPostgres = timestampOf(micros)
        .replace("T", " ")
        .replace(/\.?0*Z$/, "+00");
      expect(microsOf(asPostgres)).toBe(micros);
    }),
  );
});
