import { dayNumber } from "../../calendar.ts";
import { type ClockTime, clockTimeOf, type Instant, pad } from "./instant.ts";
import { MONTHS } from "./parse-date.ts";

const MONTH_NAMES = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAY_NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

type Directive = (time: ClockTime, offset: number, instant: Instant) => string;

/** Directives of C's `strftime` that depend on no locale; names are English. */
const DIRECTIVES: ReadonlyMap<string, Directive> = new Map<string, Directive>([
  ["%", () => "%"],
  ["A", ({ weekday }) => DAY_NAMES[weekday - 1] ?? ""],
  ["B", ({ month }) => MONTH_NAMES[month - 1] ?? ""],
  ["F", ({ year, month, day }) => `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`],
  ["G", (time) => pad(isoWeekOf(time).year, 4)],
  ["H", ({ hour }) => pad(hour, 2)],
  ["I", ({ hour }) => pad(hour % 12 === 0 ? 12 : hour % 12, 2)],
  ["L", ({ micros }) => pad(Math.floor(micros / 1000), 3)],
  ["M", ({ minute }) => pad(minute, 2)],
  ["S", ({ second }) => pad(second, 2)],
  ["T", ({ hour, minute, second }) => `${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}`],
  ["V", (time) => pad(isoWeekOf(time).week, 2)],
  ["Y", ({ year }) => pad(year, 4)],
  ["a", ({ weekday }) => (DAY_NAMES[weekday - 1] ?? "").slice(0, 3)],
  ["b", ({ month }) => MONTHS[month - 1] ?? ""],
  ["d", ({ day }) => pad(day, 2)],
  ["e", ({ day }) => String(day)],
  ["f", ({ micros }) => pad(micros, 6)],
  ["j", ({ dayOfYear }) => pad(dayOfYear, 3)],
  ["m", ({ month }) => pad(month, 2)],
  ["p", ({ hour }) => (hour < 12 ? "AM" : "PM")],
  ["s", (_time, _offset, { seconds }) => String(seconds)],
  ["u", ({ weekday }) => String(weekday)],
  ["y", ({ year }) => pad(year % 100, 2)],
  ["z", (_time, offset) => formatOffset(offset)],
]);

/** The letters that may follow `%`. */
export const DIRECTIVE_LETTERS = Array.from(DIRECTIVES.keys()).join(" ");

/**
 * Writes an instant by a pattern such as `%Y-%m-%d %H:%M`, as shown by a clock that is `offset` seconds ahead of UTC.
 *
 * @returns Null when a letter after `%` is unknown.
 */
export function formatDate(instant: Instant, pattern: string, offset: number): string | null {
  const time = clockTimeOf(instant, offset);
  let isKnown = true;
  const text = pattern.replaceAll(/%([^]?)/gu, (_whole, letter: string) => {
    const directive = DIRECTIVES.get(letter);
    isKnown &&= directive !== undefined;
    return directive?.(time, offset, instant) ?? "";
  });
  return isKnown ? text : null;
}

function formatOffset(offset: number): string {
  const minutes = Math.abs(offset) / 60;
  return `${offset < 0 ? "-" : "+"}${pad(Math.floor(minutes / 60), 2)}${pad(minutes % 60, 2)}`;
}

/** The week of ISO 8601: it starts on Monday and belongs to the year of its Thursday. */
function isoWeekOf({ year, month, day, weekday }: ClockTime): { readonly year: number; readonly week: number } {
  const thursday = dayNumber(year, month, day) + 4 - weekday;
  const isBefore = thursday < dayNumber(year, 1, 1);
  const weekYear = isBefore ? year - 1 : thursday >= dayNumber(year + 1, 1, 1) ? year + 1 : year;
  return { year: weekYear, week: Math.floor((thursday - dayNumber(weekYear, 1, 1)) / 7) + 1 };
}
