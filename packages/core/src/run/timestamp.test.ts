import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dayNumber } from "../calendar.ts";
import { formatTimestamp } from "./timestamp.ts";

/** Until June 2255. */
const EXACT_MICROS = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe("formatTimestamp", () => {
  it("writes microseconds in UTC", () => {
    expect(formatTimestamp(0)).toBe("1970-01-01T00:00:00.000000Z");
    expect(formatTimestamp(1_795_479_026_123_456)).toBe("2026-11-24T00:10:26.123456Z");
    expect(formatTimestamp(951_782_399_999_999)).toBe("2000-02-28T23:59:59.999999Z");
    expect(formatTimestamp(951_782_400_000_000)).toBe("2000-02-29T00:00:00.000000Z");
    expect(formatTimestamp(253_402_300_799_000_000)).toBe("9999-12-31T23:59:59.000000Z");
  });

  it("agrees with the calendar of the platform, in any order of days", () => {
    fc.assert(
      fc.property(EXACT_MICROS, (at) => {
        const expected = new Date(Math.floor(at / 1000))
          .toISOString()
          .replace("Z", `${String(at % 1000).padStart(3, "0")}Z`);
        expect(formatTimestamp(at)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("dayNumber", () => {
  it("agrees with the calendar of the platform", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9999 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 28 }),
        (year, month, day) => {
          const date = new Date(0);
          date.setUTCFullYear(year, month - 1, day);
          expect(dayNumber(year, month, day)).toBe(date.getTime() / 86_400_000);
        },
      ),
    );
  });
});
