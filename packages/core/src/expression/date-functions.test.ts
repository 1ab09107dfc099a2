import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../json.ts";
import { evaluate } from "./evaluate.ts";
import { parseExpression } from "./parse.ts";

function run(text: string, scope: { readonly [name: string]: Json } = {}): Json {
  return evaluate(parseExpression(text), scope);
}

describe("parse_date", () => {
  it.each([
    ["2026-11-24T10:00:00Z", "2026-11-24T10:00:00.000000Z"],
    ["2026-11-24t10:00:00.123456789z", "2026-11-24T10:00:00.123456Z"],
    ["2026-11-24 10:00:00+02:00", "2026-11-24T08:00:00.000000Z"],
    ["2026-11-24T10:00:00,5-0330", "2026-11-24T13:30:00.500000Z"],
    ["2026-11-24T10:00+02", "2026-11-24T08:00:00.000000Z"],
    ["2026-11-24T10:00", "2026-11-24T10:00:00.000000Z"],
    ["2026-11-24", "2026-11-24T00:00:00.000000Z"],
    [" 2026-11-24 ", "2026-11-24T00:00:00.000000Z"],
    ["20261124T100026Z", "2026-11-24T10:00:26.000000Z"],
    ["2026-11-24T24:00:00Z", "2026-11-25T00:00:00.000000Z"],
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"],
    ["9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"],
    ["Tue, 24 Nov 2026 10:00:00 GMT", "2026-11-24T10:00:00.000000Z"],
    ["24 Nov 2026 10:00 +0100", "2026-11-24T09:00:00.000000Z"],
    ["Tue, 4 Nov 26 10:00:00 PST", "2026-11-04T18:00:00.000000Z"],
    ["Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37.000000Z"],
    ["Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37.000000Z"],
  ])("reads %s as %s", (text, expected) => {
    expect(run("parse_date(text)", { text })).toBe(expected);
  });

  it.each([
    "",
    "tomorrow",
    "1790000000",
    "2026-02-29",
    "2100-02-29T00:00:00Z",
    "2026-13-01",
    "2026-00-01",
    "2026-11-31",
    "2026-11-24T25:00:00Z",
    "2026-11-24T24:00:01Z",
    "2026-11-24T10:60:00Z",
    "2026-11-24T10:00:61Z",
    "2026-11-24T10:00:00+24:00",
    "2026-11-24T10:00:00 Europe/Berlin",
    "11/24/2026",
    "0000-01-01",
    "0001-01-01T00:00:00+01:00",
    "Tue, 24 Foo 2026 10:00:00 GMT",
    "2026-11-24T10:00:00Z".padEnd(200),
  ])("refuses %j", (text) => {
    expect(() => run("parse_date(text)", { text })).toThrow(
      /parse_date\(\) cannot read .* as a date(?:; write it as 2026-11-24|: there is no such day or time)/,
    );
  });

  it("sends numbers to the functions for numbers", () => {
    expect(() => run("to_epoch(`1790000000`)")).toThrow("from_epoch() and from_epoch_ms() make dates of numbers");
    expect(() => run("parse_date(missing)")).toThrow("parse_date() takes a string as argument 1, got null");
  });

  it("agrees with the platform on every date that it writes", () => {
    const times = fc.date({
      min: new Date("0001-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(times, (time) => {
        const text = time.toISOString();
        expect(run("to_epoch_ms(text)", { text })).toBe(time.getTime());
        expect(run("to_epoch(text)", { text })).toBe(Math.floor(time.getTime() / 1000));
        expect(run("from_epoch_ms(ms)", { ms: time.getTime() })).toBe(text.replace("Z", "000Z"));
        expect(run("to_epoch(text)", { text: time.toUTCString() })).toBe(Math.floor(time.getTime() / 1000));
        const parts = run("date_parts(text)", { text }) as { readonly [name: string]: Json };
        expect(parts["weekday"]).toBe(((time.getUTCDay() + 6) % 7) + 1);
        expect(parts["day"]).toBe(time.getUTCDate());
        expect(parts["millisecond"]).toBe(time.getUTCMilliseconds());
      }),
    );
  });
});

describe("date arithmetic", () => {
  it.each<[string, Json]>([
    ["date_add('2026-11-24', `3`, 'days')", "2026-11-27T00:00:00.000000Z"],
    ["date_add('2026-11-24', `1`, 'day')", "2026-11-25T00:00:00.000000Z"],
    ["date_add('2026-11-24', `-90`, 'minutes')", "2026-11-23T22:30:00.000000Z"],
    ["date_add('2026-11-24', `1500`, 'milliseconds')", "2026-11-24T00:00:01.500000Z"],
    ["date_add('2026-11-24', `-1`, 'milliseconds')", "2026-11-23T23:59:59.999000Z"],
    ["date_add('2026-01-31', `1`, 'month')", "2026-02-28T00:00:00.000000Z"],
    ["date_add('2024-01-31', `1`, 'month')", "2024-02-29T00:00:00.000000Z"],
    ["date_add('2024-02-29', `1`, 'year')", "2025-02-28T00:00:00.000000Z"],
    ["date_add('2026-11-24', `2`, 'weeks')", "2026-12-08T00:00:00.000000Z"],
    ["date_add('2026-11-24T10:00:00Z', 'P1M2DT3H4M5.5S')", "2026-12-26T13:04:05.500000Z"],
    ["date_add('2026-11-24', '-P1Y')", "2025-11-24T00:00:00.000000Z"],
    ["date_add('2026-11-24', 'P2W')", "2026-12-08T00:00:00.000000Z"],
    ["date_subtract('2026-03-31', `1`, 'month')", "2026-02-28T00:00:00.000000Z"],
    ["date_subtract('2026-11-24', 'PT0.000001S')", "2026-11-23T23:59:59.999999Z"],
    ["date_diff('2026-11-24T00:00:01Z', '2026-11-24')", 1000],
    ["date_diff('2026-11-24', '2026-11-24T00:00:01Z')", -1000],
    ["date_diff('2026-11-24T00:00:00.0015Z', '2026-11-24')", 1],
    ["date_diff('2026-11-24', '2026-11-24T00:00:00.0005Z')", 0],
    ["date_diff('2026-12-24', '2026-11-25', 'days')", 29],
    ["date_diff('2026-11-24T23:59:59Z', '2026-11-24', 'days')", 0],
    ["date_diff('2026-12-24', '2026-11-24', 'months')", 1],
    ["date_diff('2026-12-23', '2026-11-24', 'months')", 0],
    ["date_diff('2026-11-24', '2026-12-24', 'months')", -1],
    ["date_diff('2028-02-28', '2024-02-29', 'years')", 3],
    ["date_diff('9999-12-31', '0001-01-01')", 315537811200000],
    ["from_epoch(`0`)", "1970-01-01T00:00:00.000000Z"],
    ["from_epoch(`1790000000.25`)", "2026-09-21T14:13:20.250000Z"],
    ["from_epoch(`-1`)", "1969-12-31T23:59:59.000000Z"],
    ["from_epoch_ms(`1790000000123`)", "2026-09-21T14:13:20.123000Z"],
    ["to_epoch('2026-11-24T10:00:00.9Z')", 1795514400],
    ["to_epoch('1969-12-31T23:59:59.9Z')", -1],
    ["parse_date('2026-11-24T10:00:00Z') == parse_date('2026-11-24T12:00:00+02:00')", true],
  ])("%s is %j", (text, expected) => {
    expect(run(text)).toBe(expected);
  });

  it.each([
    ["date_add('2026-11-24', `3`)", "date_add() needs a unit as argument 3, such as 'days'"],
    ["date_add('2026-11-24', '3 days')", "a duration of ISO 8601 such as 'P3D' or 'PT90M' as argument 2"],
    ["date_add('2026-11-24', 'P')", "a duration of ISO 8601"],
    ["date_add('2026-11-24', 'PT')", "a duration of ISO 8601"],
    ["date_add('2026-11-24', `1.5`, 'days')", "a whole number of units that is not too large as argument 2, got 1.5"],
    [
      "date_add('2026-11-24', `1`, 'fortnights')",
      "a unit (milliseconds, seconds, minutes, hours, days, weeks, months, years) as argument 3",
    ],
    ["date_add('9999-12-31', `1`, 'day')", "date_add() gives a date outside the years 1 to 9999"],
    ["date_add('2026-11-24', `9007199254740991`, 'years')", "a whole number of units that is not too large"],
    ["date_add('2026-11-24', `900719925474099`, 'months')", "outside the years 1 to 9999"],
    ["date_subtract('0001-01-01', `1`, 'second')", "outside the years 1 to 9999"],
    [
      "from_epoch(`1790000000000`)",
      "from_epoch() gives a date outside the years 1 to 9999; from_epoch_ms() takes milliseconds, and microseconds divided by 1000",
    ],
    ["from_epoch('1790000000')", "from_epoch() takes a number as argument 1"],
    [
      "to_epoch('2026-02-30')",
      'to_epoch() cannot read the string "2026-02-30" as a date: there is no such day or time in the years 1 to 9999',
    ],
    [
      "from_epoch_ms(`1764500000123456`)",
      "from_epoch_ms() gives a date outside the years 1 to 9999; divide microseconds by 1000, and nanoseconds by 1000000",
    ],
    ["date_diff('2026-11-24', 'x')", 'date_diff() cannot read the string "x" as a date'],
  ])("%s fails and says why", (text, message) => {
    expect(() => run(text)).toThrow(message);
  });

  it("gives a wait for a delay until a date", () => {
    const scope = { input: { at: "2026-11-24T10:00:05+00:00" }, now: "2026-11-24T10:00:00.123456Z" };
    expect(run("date_diff(input.at, now)", scope)).toBe(4876);
    expect(run("max([`0`, date_diff(now, input.at)])", scope)).toBe(0);
  });
});

describe("format_date and date_parts", () => {
  it.each<[string, Json]>([
    ["format_date('2026-11-24T05:06:07.089Z', '%Y-%m-%d %H:%M:%S.%L %f')", "2026-11-24 05:06:07.089 089000"],
    ["format_date('2026-11-24T05:06:07Z', '%a, %d %b %Y %T GMT')", "Tue, 24 Nov 2026 05:06:07 GMT"],
    ["format_date('2026-11-24T05:06:07Z', '%A, %B %e, %I:%M %p')", "Tuesday, November 24, 05:06 AM"],
    ["format_date('2026-11-24T00:06:07Z', '%I %p')", "12 AM"],
    ["format_date('2026-11-24T12:06:07Z', '%I %p %j %u %y %s')", "12 PM 328 2 26 1795521967"],
    ["format_date('2026-11-24T23:06:07Z', '%F %T %z', '+02:00')", "2026-11-25 01:06:07 +0200"],
    ["format_date('2026-11-24T01:06:07Z', '%F %z', '-0330')", "2026-11-23 -0330"],
    ["format_date('2027-01-01', '%G-W%V-%u')", "2026-W53-5"],
    ["format_date('2024-12-30', '%G-W%V')", "2025-W01"],
    ["format_date('2026-11-24', '100 %%')", "100 %"],
    [
      "to_json(date_parts('2026-11-24T23:06:07.089Z', '+02:00'))",
      '{"year":2026,"month":11,"day":25,"hour":1,"minute":6,"second":7,"millisecond":89,"weekday":3,"dayOfYear":329}',
    ],
  ])("%s is %j", (text, expected) => {
    expect(run(text)).toBe(expected);
  });

  it.each([
    [
      "format_date('2026-11-24', '%Q')",
      'format_date() cannot use the string "%Q" as a pattern; after % it knows % A B F G H',
    ],
    ["format_date('2026-11-24', '%')", "as a pattern"],
    ["format_date('2026-11-24', '%F', 'Europe/Berlin')", "an offset from UTC such as '+02:00' or 'Z' as argument 3"],
    ["date_parts('2026-11-24', '02:00')", "an offset from UTC"],
  ])("%s fails and says why", (text, message) => {
    expect(() => run(text)).toThrow(message);
  });
});
