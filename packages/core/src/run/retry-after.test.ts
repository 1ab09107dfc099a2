import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseHttpDate, parseRetryAfterMs } from "./retry-after.ts";

/** 2026-11-24T00:00:00Z */
const NOW = 1_795_478_400_000_000;

describe("parseRetryAfterMs", () => {
  it("reads whole seconds", () => {
    expect(parseRetryAfterMs("0", NOW)).toBe(0);
    expect(parseRetryAfterMs(" 120 ", NOW)).toBe(120_000);
    expect(parseRetryAfterMs("9".repeat(400), NOW)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("reads the three forms of an HTTP date, and gives 0 for the past", () => {
    expect(parseRetryAfterMs("Tue, 24 Nov 2026 00:02:00 GMT", NOW)).toBe(120_000);
    expect(parseRetryAfterMs("Tuesday, 24-Nov-26 00:02:00 GMT", NOW)).toBe(120_000);
    expect(parseRetryAfterMs("Tue Nov 24 00:02:00 2026", NOW)).toBe(120_000);
    expect(parseRetryAfterMs("Sun, 06 Nov 1994 08:49:37 GMT", NOW)).toBe(0);
  });

  it.each([
    "",
    "soon",
    "-5",
    "1e12",
    "1.5",
    "+3",
    "1, 2",
    "0x10",
    "Tue, 24 Nov 2026 24:00:00 GMT",
    "Tue, 24 Now 2026 00:00:00 GMT",
    "Tue, 00 Nov 2026 00:00:00 GMT",
    "Tue, 24 Nov 2026 00:02:00 +0100",
  ])("reads nothing from %j", (text) => {
    expect(parseRetryAfterMs(text, NOW)).toBeNull();
  });

  it("is total: any text gives null or a number from 0", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseRetryAfterMs(text, NOW);
        expect(ms === null || (Number.isFinite(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});

describe("parseHttpDate", () => {
  it("reads what the platform writes as an HTTP date", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
        expect(parseHttpDate(new Date(seconds * 1000).toUTCString(), NOW)).toBe(seconds * 1_000_000);
      }),
    );
  });

  it("reads two digits as a year within 50 years from now, otherwise in the past", () => {
    expect(parseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT", NOW)).toBe(784_111_777_000_000);
    expect(parseHttpDate("Sunday, 06-Nov-60 00:00:00 GMT", NOW)).toBe(Date.UTC(2060, 10, 6) * 1000);
  });
});
