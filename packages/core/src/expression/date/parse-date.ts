import { dayNumber, daysInMonth } from "../../calendar.ts";
import { type Duration, type Instant, isInRange, SECONDS_PER_DAY } from "./instant.ts";

export const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** No real date is longer. */
const LENGTH_MAX = 64;

/** ISO 8601 and RFC 3339: `2026-11-24`, `2026-11-24T10:00Z`, `2026-11-24 10:00:00.123+02:00`, `20261124T100000Z`. */
const ISO =
  /^(\d{4})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d))(?:[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?|(\d\d)(?:(\d\d)(?:[.,](\d+))?)?)? ?([Zz]|[-+]\d\d(?::?\d\d)?)?)?$/;

/** RFC 5322 and RFC 9110: `Tue, 24 Nov 2026 10:00:00 GMT`, `24 Nov 26 10:00 +0100`. The weekday is not checked, because senders get it wrong. */
const MAIL =
  /^(?:[A-Za-z]{3},? +)?(\d{1,2}) +([A-Za-z]{3}) +(\d{4}|\d\d) +(\d\d):(\d\d)(?::(\d\d))? +([A-Za-z]{1,3}|[-+]\d{4})$/;
/** RFC 850, obsolete: `Sunday, 06-Nov-94 08:49:37 GMT`. */
const RFC_850 = /^[A-Za-z]{6,9}, (\d\d)-([A-Za-z]{3})-(\d{4}|\d\d) (\d\d):(\d\d):(\d\d) ([A-Z]{3})$/;
/** C's asctime, obsolete: `Sun Nov  6 08:49:37 1994`. */
const ASCTIME = /^[A-Za-z]{3} ([A-Za-z]{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})$/;

/** Names of zones with one offset each, in hours. Source: RFC 5322 section 4.3. */
const ZONES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    GMT: 0,
    UTC: 0,
    UT: 0,
    Z: 0,
    EST: -5,
    EDT: -4,
    CST: -6,
    CDT: -5,
    MST: -7,
    MDT: -6,
    PST: -8,
    PDT: -7,
  }),
);

/**
 * Reads a date; null when it is not one. Without an offset it is in UTC, without a time at its start. Digits beyond microseconds are
 * dropped. A leap second becomes the second after it.
 */
export function parseDate(text: string): Instant | null {
  const trimmed = text.length > LENGTH_MAX ? "" : text.trim();
  const instant = parseIso(trimmed) ?? parseMail(trimmed);
  return instant !== null && isInRange(instant) ? instant : null;
}

/** Says whether a text has the form of a date, even if the date does not exist, such as February 30th. */
export function isWrittenAsDate(text: string): boolean {
  return text.length <= LENGTH_MAX && [ISO, MAIL, RFC_850, ASCTIME].some((form) => form.test(text.trim()));
}

/** Reads a date in one of the forms of ISO 8601; null when it is not one. Any length, and years beyond those that `parseDate` gives. */
export function parseIso(text: string): Instant | null {
  const found = ISO.exec(text);
  if (found === null) return null;
  const [, year, month, day, basicMonth, basicDay, hour, minute, second, fraction, ...basic] = found;
  const [basicMinute, basicSecond, basicFraction, zone = "Z"] = basic;
  return instantOf(
    [Number(year), Number(month ?? basicMonth), Number(day ?? basicDay)],
    [Number(hour ?? 0), Number(minute ?? basicMinute ?? 0), Number(second ?? basicSecond ?? 0)],
    fraction ?? basicFraction ?? "",
    parseOffset(zone),
  );
}

function parseMail(text: string): Instant | null {
  const asctime = ASCTIME.exec(text);
  if (asctime !== null) {
    const [, name = "", day, hour, minute, second, year] = asctime;
    const date: Triple = [Number(year), monthOf(name), Number(day)];
    return instantOf(date, [Number(hour), Number(minute), Number(second)], "", 0);
  }
  const found = MAIL.exec(text) ?? RFC_850.exec(text);
  if (found === null) return null;
  const [, day, name = "", year = "", hour, minute, second = 0, zone = ""] = found;
  const hours = ZONES.get(zone.toUpperCase());
  return instantOf(
    [year.length === 2 ? fullYear(Number(year)) : Number(year), monthOf(name), Number(day)],
    [Number(hour), Number(minute), Number(second)],
    "",
    hours === undefined ? parseOffset(zone) : hours * 3600,
  );
}

type Triple = readonly [number, number, number];

function instantOf(date: Triple, time: Triple, fraction: string, offset: number | null): Instant | null {
  const [[year, month, day], [hour, minute, second]] = [date, time];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month) || offset === null) return null;
  const isEndOfDay = hour === 24 && minute === 0 && second === 0 && !/[1-9]/.test(fraction);
  if ((hour > 23 && !isEndOfDay) || minute > 59 || second > 60) return null;
  return {
    seconds: dayNumber(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset,
    micros: Number(fraction.slice(0, 6).padEnd(6, "0")),
  };
}

function monthOf(name: string): number {
  return MONTHS.indexOf(name.charAt(0).toUpperCase() + name.slice(1).toLowerCase()) + 1;
}

/** RFC 5322 section 4.3: 00 to 49 belong to this century, 50 to 99 to the last. */
function fullYear(twoDigits: number): number {
  return twoDigits < 50 ? 2000 + twoDigits : 1900 + twoDigits;
}

/** Seconds ahead of UTC of `Z`, `+02:00`, `+0200` or `+02`; null when it is none of these. */
export function parseOffset(text: string): number | null {
  if (text === "Z" || text === "z") return 0;
  const [, sign, hours, minutes = 0] = /^([-+])(\d\d)(?::?(\d\d))?$/.exec(text) ?? [];
  if (sign === undefined || Number(hours) > 23 || Number(minutes) > 59) return null;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

const ISO_DURATION =
  /^([-+])?P(?=.)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:[.,](\d{1,6}))?S)?)?$/;

/** Reads a duration of ISO 8601, such as `P1DT12H` or `-PT90M`; null when it is not one. Only seconds may have a fraction. */
export function parseDuration(text: string): Duration | null {
  const found = ISO_DURATION.exec(text);
  if (found === null) return null;
  const sign = found[1] === "-" ? -1 : 1;
  const [years, months, weeks, days, hours, minutes, seconds] = found.slice(2, 9).map((part) => Number(part ?? 0));
  const ofTime = (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
  return {
    months: sign * ((years ?? 0) * 12 + (months ?? 0)),
    seconds: sign * (((weeks ?? 0) * 7 + (days ?? 0)) * SECONDS_PER_DAY + ofTime),
    micros: sign * Number((found[9] ?? "").padEnd(6, "0")),
  };
}
