import { describe, expect, it } from "vitest";
import { parseExpression } from "../expression/parse.ts";
import { parseValueTemplate } from "../expression/value-template.ts";
import type { Json } from "../json.ts";
import { ExactNumber } from "../json-number.ts";
import { dueTime, readTime } from "./delay-time.ts";
import { parseTimestamp } from "./timestamp.ts";

describe("parseTimestamp", () => {
  it.each([
    "2026-11-30T08:20:52Z",
    "2026-11-30T08:20:52.5Z",
    "2026-11-30T08:20:52.123456Z",
    "2026-11-30T08:20:52+01:00",
    "2024-02-29T23:59:59-11:30",
    "1970-01-01T00:00:00Z",
    "1969-12-31T23:00:00Z",
  ])("reads %s as the platform does", (text) => {
    expect(Math.floor((parseTimestamp(text) ?? Number.NaN) / 1000)).toBe(Date.parse(text));
  });

  it("reads what senders write besides RFC 3339", () => {
    const expected = Date.parse("2026-11-30T08:20:00Z") * 1000;
    for (const text of [
      " 2026-11-30t08:20:00z ",
      "2026-11-30 08:20:00Z",
      "2026-11-30T08:20Z",
      "2026-11-30T09:20:00+0100",
      "2026-11-30 08:20:00+00",
      "2026-11-30 02:20:00.000-06",
      "2026-11-30T08:20:00.000000999Z",
    ]) {
      expect(parseTimestamp(text), text).toBe(expected);
    }
    // A leap second is the first of the next minute.
    expect(parseTimestamp("2016-12-31T23:59:60Z")).toBe(Date.parse("2017-01-01T00:00:00Z") * 1000);
  });

  it.each([
    "2026-11-30",
    "2026-11-30T08:20:52",
    "2026-02-30T00:00:00Z",
    "2025-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-00-10T00:00:00Z",
    "2026-11-00T00:00:00Z",
    "2026-11-30T24:00:00Z",
    "2026-11-30T08:60:00Z",
    "2026-11-30T08:20:61Z",
    "2026-11-30T08:20:52+24:00",
    "30.11.2026 08:20Z",
    "tomorrow",
    "",
  ])("refuses %j, which leaves a day, a time or a zone open", (text) => {
    expect(parseTimestamp(text)).toBeNull();
  });
});

describe("readTime", () => {
  it("takes seconds, milliseconds, microseconds and nanoseconds since 1970, as numbers and as text", () => {
    for (const value of [
      1_796_026_852,
      1_796_026_852_000,
      1_796_026_852_000_000,
      new ExactNumber("1796026852000000001"),
      "1796026852",
      " 1796026852000 ",
      "1796026852000000000",
    ]) {
      expect(readTime(value), String(value)).toBe(1_796_026_852_000_000);
    }
    expect(readTime(1_796_026_852.25)).toBe(1_796_026_852_250_000);
    expect(readTime("1796026852.25")).toBe(1_796_026_852_250_000);
    expect(readTime(0)).toBe(0);
  });

  it("accepts numbers with more digits than a double holds", () => {
    expect(readTime(new ExactNumber("1764500000.123456789012"))).toBe(1_764_500_000_123_457);
    expect(readTime(new ExactNumber("1764500000123456789"))).toBe(1_764_500_000_123_457);
  });

  it("accepts nothing else", () => {
    for (const value of [null, true, -1, "-1", "1e9", [], {}, Number.NaN]) expect(readTime(value)).toBeNull();
  });
});

describe("dueTime", () => {
  const until = (input: Json): unknown =>
    dueTime("wait", { type: "delay@1", durationMs: null, until: parseValueTemplate({ $jmes: "input" }) }, { input }, 0);
  const lasting = (input: Json): unknown =>
    dueTime("wait", { type: "delay@1", durationMs: parseExpression("input"), until: null }, { input }, 1_000);

  it.each([
    [null, "is null; give"],
    [["x"], "is an array; give"],
    [{}, "is a value of type object; give"],
    [-1, "is -1; give"],
    ["soon", 'is the text "soon"; give'],
    ["x".repeat(100), `is the text "${"x".repeat(57)}…"; give`],
    ["2026-02-30T00:00:00Z", "there is no such date or time"],
    ["2999-01-01T00:00:00Z", 'for, "2999-01-01T00:00:00Z", is more than 366 days'],
    [99_999_999_999, "for, 99999999999 (seconds since 1970: 5138-11-16T09:46:39.000000Z), is more than"],
    ["99999999999", 'for, "99999999999" (seconds since 1970: 5138'],
    [1e30, "(nanoseconds since 1970), is more than"],
  ])("says why %j is not a time to wait for", (input, message) => {
    expect(until(input)).toContain(message);
  });

  it("takes whole milliseconds only", () => {
    expect(lasting(5)).toBe(6_000);
    expect(lasting(null)).toContain("is null; give whole milliseconds");
    expect(lasting(0.5)).toContain("is 0.5; give whole milliseconds");
    expect(lasting("5")).toContain("is a value of type string; give whole milliseconds");
  });
});
