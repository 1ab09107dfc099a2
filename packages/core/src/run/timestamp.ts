import { dateOfDay } from "../calendar.ts";
import { parseIso } from "../expression/date/parse-date.ts";
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

/** Of the forms that expressions read as dates, those that leave neither the time nor the zone open. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ](\d{2}):\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$/;

/**
 * Reads a date with time and zone (RFC 3339, without seconds and with a shorter zone as ISO 8601 allows and PostgreSQL writes); null for
 * anything else, or a day or hour that does not exist. Digits beyond microseconds are dropped.
 */
export function parseTimestamp(text: string): Micros | null {
  const trimmed = text.trim();
  const match = RFC_3339.exec(trimmed);
  // Recorded runs have refused hour 24, which dates in expressions may have: the same facts must give the same result.
  if (match === null || match[1] === "24") return null;
  const instant = parseIso(trimmed);
  return instant === null ? null : instant.seconds * 1_000_000 + instant.micros;
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
