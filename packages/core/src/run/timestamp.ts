import type { Micros } from "../time.ts";

const MICROS_PER_DAY = 86_400_000_000;

/** The day that was formatted last: times arrive in order, so nearly every call finds its date here. Cannot change a result. */
let lastDay = Number.NaN;
let lastDate = "";

/**
 * Writes a time as RFC 3339 in UTC with microseconds: `2026-11-24T00:10:26.123456Z`.
 *
 * @param at  From 0 to the end of the year 9999.
 */
export function formatTimestamp(at: Micros): string {
  const day = Math.floor(at / MICROS_PER_DAY);
  if (day !== lastDay) {
    lastDate = formatDate(day);
    lastDay = day;
  }
  const micros = at - day * MICROS_PER_DAY;
  const second = Math.floor(micros / 1_000_000);
  const fraction = 1_000_000 + (micros - second * 1_000_000);
  const hour = (second / 3600) | 0;
  const minute = ((second / 60) | 0) % 60;
  return `${lastDate}T${two(hour)}:${two(minute)}:${two(second % 60)}.${String(fraction).slice(1)}Z`;
}

/** Days since 1970-01-01 of a date of the Gregorian calendar; month from 1. Source: Howard Hinnant, chrono-compatible low-level date algorithms. */
export function dayNumber(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(?:[Zz]|([+-])(\d{2}):?(\d{2}))$/;

/**
 * Reads a date with time and zone (RFC 3339, and without seconds or the zone's colon as ISO 8601 allows); null when it is none, or names a
 * day or hour that does not exist. Digits beyond microseconds are cut off.
 */
export function parseTimestamp(text: string): Micros | null {
  const match = RFC_3339.exec(text.trim());
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const [fraction = "", sign, zoneHour = "0", zoneMinute = "0"] = match.slice(7);
  const isTime = hour < 24 && minute < 60 && second <= 60 && Number(zoneHour) < 24 && Number(zoneMinute) < 60;
  if (!isTime || month < 1 || month > 12 || day < 1) return null;
  const days = dayNumber(year, month, day);
  // Days beyond the end of a month would be counted into the next.
  if (formatDate(days) !== `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`) return null;
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === "-" ? -60 : 60);
  const seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset;
  return seconds * 1_000_000 + Number(fraction.slice(0, 6).padEnd(6, "0"));
}

/** The inverse of `dayNumber`, written `YYYY-MM-DD`. Same source. */
function formatDate(dayNumberOfEpoch: number): string {
  const shifted = dayNumberOfEpoch + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
