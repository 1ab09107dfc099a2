import { dateOfDay, dayNumber } from "../calendar.ts";
import type { Micros } from "../time.ts";

const MICROS_PER_DAY = 86_400_000_000;

/** The day that was formatted last. Times arrive in order, so nearly every call finds its date here. It cannot change a result. */
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

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(?:[Zz]|([+-])(\d{2})(?::?(\d{2}))?)$/;

/**
 * Reads a date with time and zone (RFC 3339, without seconds and with a shorter zone as ISO 8601 allows and PostgreSQL writes); null for
 * anything else, or a day or hour that does not exist. Digits beyond microseconds are dropped.
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
  // Days beyond the end of a month would count into the next.
  if (formatDate(days) !== `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`) return null;
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === "-" ? -60 : 60);
  const seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset;
  return seconds * 1_000_000 + Number(fraction.slice(0, 6).padEnd(6, "0"));
}

/** Says whether a text has the form of a date with time and zone, even if the date does not exist, such as February 30th. */
export function isWrittenAsTimestamp(text: string): boolean {
  return RFC_3339.test(text.trim());
}

function formatDate(dayNumberOfEpoch: number): string {
  const { year, month, day } = dateOfDay(dayNumberOfEpoch);
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
