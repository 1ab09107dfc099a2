import { describe, expect, it } from "vitest";

import { formatTime, parseTime, readTime } from "./time.ts";

describe("a time over HTTP", () => {
  it.each([
    [0, "1970-01-01T00:00:00.000000Z"],
    [1_795_479_026_123_456, "2026-11-24T00:10:26.123456Z"],
    [999, "1970-01-01T00:00:00.000999Z"],
    [1_000, "1970-01-01T00:00:00.001000Z"],
    [9_007_199_254_740_991, "2255-06-05T23:47:34.740991Z"],
  ])("%i is %s, both ways", (at, text) => {
    expect(formatTime(at)).toBe(text);
    expect(parseTime(text)).toBe(at);
  });

  it.each([
    "",
    "2026-11-24T00:10:26.123Z",
    "2026-11-24T00:10:26.123456",
    "2026-13-24T00:10:26.123456Z",
    "2026-11-24 00:10:26.123456Z",
  ])('that is "%s" is refused, and the error names it', (text) => {
    expect(() => parseTime(text)).toThrow(`"${text}"`);
  });
});

it("a time is read with any offset and as many digits as it has", () => {
  const at = parseTime("2026-11-24T00:10:26.123456Z");
  expect(readTime("2026-11-24T00:10:26.123456Z")).toBe(at);
  expect(readTime("2026-11-24T01:40:26.123456+01:30")).toBe(at);
  expect(readTime("2026-11-24T00:10:26.12Z")).toBe(at - 3_456);
  expect(readTime("2026-11-24T00:10:26Z")).toBe(at - 123_456);
  for (const none of ["", "now", "2026-11-24", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-24T25:00:00Z"])
    expect([none, readTime(none)]).toEqual([none, null]);
});
