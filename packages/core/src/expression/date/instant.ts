import { dateOfDay, dayNumber, daysInMonth, type CalendarDate } from "../../calendar.ts";

/** A point in time from the year 1 to the year 9999, exact to the microsecond. */
export interface Instant {
  /** Whole seconds since 1970-01-01T00:00:00Z, without leap seconds. */
  readonly seconds: number;
  /** From 0 to 999,999. */
  readonly micros: number;
}

export const SECONDS_PER_DAY = 86_400;
const MICROS_PER_SECOND = 1_000_000;
const FIRST = dayNumber(1, 1, 1) * SECONDS_PER_DAY;
const END = dayNumber(10_000, 1, 1) * SECONDS_PER_DAY;

/** An instant, and what a clock at a fixed offset from UTC shows. */
export interface ClockTime extends CalendarDate {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micros: number;
  /** Monday is 1, Sunday is 7. */
  readonly weekday: number;
  /** January 1st is 1. */
  readonly dayOfYear: number;
}

/** Whether an instant is within the years that can be written. */
export function isInRange({ seconds }: Instant): boolean {
  return seconds >= FIRST && seconds < END;
}

/** What a clock that is `offset` seconds ahead of UTC shows. */
export function clockTimeOf({ seconds, micros }: Instant, offset = 0): ClockTime {
  const local = seconds + offset;
  const day = Math.floor(local / SECONDS_PER_DAY);
  const ofDay = local - day * SECONDS_PER_DAY;
  const date = dateOfDay(day);
  return {
    ...date,
    hour: Math.floor(ofDay / 3600),
    minute: Math.floor(ofDay / 60) % 60,
    second: ofDay % 60,
    micros,
    weekday: ((((day + 3) % 7) + 7) % 7) + 1,
    dayOfYear: day - dayNumber(date.year, 1, 1) + 1,
  };
}

/** RFC 3339 in UTC with microseconds, as `now` is written: texts of this form sort like the times. */
export function formatInstant(instant: Instant): string {
  const { year, month, day, hour, minute, second, micros } = clockTimeOf(instant);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}.${pad(micros, 6)}Z`;
}

export function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

/** What can be added to an instant. Months are added first, then seconds. */
export interface Duration {
  readonly months: number;
  readonly seconds: number;
  readonly micros: number;
}

/**
 * Adds a duration. A day that the month does not have becomes the month's last day: January 31st plus one month is the end of February.
 *
 * @param sign  -1 to subtract.
 */
export function addDuration(instant: Instant, { months, seconds, micros }: Duration, sign: 1 | -1): Instant {
  const moved = months === 0 ? instant : addMonths(instant, sign * months);
  const sum = moved.micros + sign * micros;
  const carried = Math.floor(sum / MICROS_PER_SECOND);
  return { seconds: moved.seconds + sign * seconds + carried, micros: sum - carried * MICROS_PER_SECOND };
}

function addMonths(instant: Instant, months: number): Instant {
  const { year, month, day } = clockTimeOf(instant);
  const total = year * 12 + month - 1 + months;
  const newYear = Math.floor(total / 12);
  const newMonth = total - newYear * 12 + 1;
  const days =
    dayNumber(newYear, newMonth, Math.min(day, daysInMonth(newYear, newMonth))) - dayNumber(year, month, day);
  return { seconds: instant.seconds + days * SECONDS_PER_DAY, micros: instant.micros };
}

/** Milliseconds from `earlier` to `later`, without the remaining microseconds; negative when `later` comes first. */
export function millisecondsBetween(earlier: Instant, later: Instant): number {
  return Math.trunc((later.seconds - earlier.seconds) * 1000 + (later.micros - earlier.micros) / 1000);
}

/** Whole months from `earlier` to `later`; negative when `later` comes first. */
export function monthsBetween(earlier: Instant, later: Instant): number {
  if (isBefore(later, earlier)) return 0 - monthsBetween(later, earlier);
  const [from, to] = [clockTimeOf(earlier), clockTimeOf(later)];
  const months = (to.year - from.year) * 12 + to.month - from.month;
  return isBefore(later, addMonths(earlier, months)) ? months - 1 : months;
}

function isBefore(left: Instant, right: Instant): boolean {
  return left.seconds < right.seconds || (left.seconds === right.seconds && left.micros < right.micros);
}
