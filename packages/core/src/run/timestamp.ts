import { dateOfDay } from "../calendar.ts";
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

function formatDate(dayNumberOfEpoch: number): string {
  const { year, month, day } = dateOfDay(dayNumberOfEpoch);
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
