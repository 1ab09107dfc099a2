import { dayNumber } from "../calendar.ts";
import type { Micros } from "../time.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`. The weekday is not checked, because senders get it wrong and it is redundant. */
const FIXDATE = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;

/** RFC 850, obsolete: `Sunday, 06-Nov-94 08:49:37 GMT`. */
const RFC_850 = /^[A-Z][a-z]{5,8}, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/;

/** C's asctime, obsolete: `Sun Nov  6 08:49:37 1994`. */
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;

/**
 * Reads a `Retry-After` header as milliseconds from `now`; null when it is not usable.
 *
 * Seconds (digits only) or an HTTP date in one of its three forms; a date in the past gives 0. Anything else (a sign, a fraction, an
 * exponent, two values) is null. Huge numbers stay huge; the caller clamps them. Source: RFC 9110 sections 5.6.7 and 10.2.3.
 */
export function parseRetryAfterMs(value: string, now: Micros): number | null {
  const text = value.trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER);
  const date = parseHttpDate(text, now);
  return date === null ? null : Math.max(0, Math.ceil((date - now) / 1000));
}

/** Reads an HTTP date; null for anything else. `now` determines the century of a two-digit year. */
export function parseHttpDate(text: string, now: Micros): Micros | null {
  const fixdate = FIXDATE.exec(text);
  if (fixdate !== null) {
    const [, day, month, year, hour, minute, second] = fixdate;
    return toMicros(Number(year), month, day, hour, minute, second);
  }
  const rfc850 = RFC_850.exec(text);
  if (rfc850 !== null) {
    const [, day, month, year, hour, minute, second] = rfc850;
    return toMicros(fullYear(Number(year), now), month, day, hour, minute, second);
  }
  const asctime = ASCTIME.exec(text);
  if (asctime !== null) {
    const [, month, day, hour, minute, second, year] = asctime;
    return toMicros(Number(year), month, day, hour, minute, second);
  }
  return null;
}

/** RFC 9110 5.6.7: a year that appears to be more than 50 years in the future is the most recent one in the past with those digits. */
function fullYear(twoDigits: number, now: Micros): number {
  const thisYear = 1970 + Math.floor(now / 31_556_952_000_000);
  const year = thisYear - (thisYear % 100) + twoDigits;
  return year > thisYear + 50 ? year - 100 : year;
}

function toMicros(
  year: number,
  monthName: string | undefined,
  day: string | undefined,
  hour: string | undefined,
  minute: string | undefined,
  second: string | undefined,
): Micros | null {
  const month = MONTHS.findIndex((name) => name === monthName) + 1;
  const clock = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  // 60 is a leap second, after which the calendar is the same.
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60;
  if (month === 0 || Number(day) < 1 || Number(day) > 31 || !isTime) return null;
  return (dayNumber(year, month, Number(day)) * 86_400 + clock) * 1_000_000;
}
