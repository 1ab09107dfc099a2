import type { Json } from "../json.ts";
import { emptyObject } from "../json-kind.ts";
import { isNumeric } from "../json-number.ts";
import { number, numeric, text, wrongType } from "./arguments.ts";
import { countUnits, type Meter } from "./budget.ts";
import { DIRECTIVE_LETTERS, formatDate } from "./date/format-date.ts";
import {
  addDuration,
  clockTimeOf,
  type Duration,
  formatInstant,
  type Instant,
  isInRange,
  millisecondsBetween,
  monthsBetween,
} from "./date/instant.ts";
import { isWrittenAsDate, parseDate, parseDuration, parseOffset } from "./date/parse-date.ts";
import { failed, show } from "./failure.ts";
import { define, type ExpressionFunction } from "./function.ts";

/** The cost of reading or writing a date: one or two microseconds. */
const DATE_UNITS = 25;

/** Milliseconds of the units with a fixed length, and months of the others. */
const UNITS: ReadonlyMap<string, { readonly ms: number; readonly months: number }> = new Map([
  ["millisecond", { ms: 1, months: 0 }],
  ["second", { ms: 1_000, months: 0 }],
  ["minute", { ms: 60_000, months: 0 }],
  ["hour", { ms: 3_600_000, months: 0 }],
  ["day", { ms: 86_400_000, months: 0 }],
  ["week", { ms: 604_800_000, months: 0 }],
  ["month", { ms: 0, months: 1 }],
  ["year", { ms: 0, months: 12 }],
]);

/** Dates and times: texts in, texts or numbers out, in UTC unless an offset is given. They read no clock: `now` is in the scope. */
export const DATE_FUNCTIONS: readonly (readonly [string, ExpressionFunction])[] = [
  define(
    "date_add(string, number|string, string?)",
    "The date plus a number of units, such as 3 and 'days', or plus a duration such as 'P3D'.",
    2,
    3,
    (args, meter) => moved(args, meter, "date_add", 1),
  ),
  define(
    "date_diff(string, string, string?)",
    "The whole units from the second date to the first, in milliseconds unless a unit is given.",
    2,
    3,
    (args, meter) => {
      const [later, earlier] = [date(args, 0, "date_diff", meter), date(args, 1, "date_diff", meter)];
      const { ms, months } = args.length > 2 ? unit(args, 2, "date_diff") : { ms: 1, months: 0 };
      const whole = months === 0 ? millisecondsBetween(earlier, later) / ms : monthsBetween(earlier, later) / months;
      return Math.trunc(whole) + 0;
    },
  ),
  define(
    "date_parts(string, string?)",
    "An object with year, month, day, hour, minute, second, millisecond, weekday and dayOfYear, in UTC or at an offset.",
    1,
    2,
    (args, meter) => {
      const { micros, ...time } = clockTimeOf(date(args, 0, "date_parts", meter), offset(args, 1, "date_parts"));
      const parts = emptyObject();
      for (const name of ["year", "month", "day", "hour", "minute", "second"] as const) parts[name] = time[name];
      parts["millisecond"] = Math.floor(micros / 1000);
      parts["weekday"] = time.weekday;
      parts["dayOfYear"] = time.dayOfYear;
      return parts;
    },
  ),
  define(
    "date_subtract(string, number|string, string?)",
    "The date minus a number of units, such as 3 and 'days', or minus a duration such as 'P3D'.",
    2,
    3,
    (args, meter) => moved(args, meter, "date_subtract", -1),
  ),
  define(
    "format_date(string, string, string?)",
    "The date in a format such as '%Y-%m-%d %H:%M', in UTC or at an offset such as '+02:00'.",
    2,
    3,
    (args, meter) => {
      const instant = date(args, 0, "format_date", meter);
      const pattern = text(args, 1, "format_date");
      meter.spend(4 * pattern.length);
      const result = formatDate(instant, pattern, offset(args, 2, "format_date"));
      if (result !== null) return result;
      throw failed(`format_date() cannot use ${show(pattern)} as a pattern; after % it knows ${DIRECTIVE_LETTERS}`);
    },
  ),
  define("from_epoch(number)", "The date a number of seconds after the start of 1970.", 1, 1, (args, meter) =>
    fromEpoch(args, meter, "from_epoch", 1),
  ),
  define("from_epoch_ms(number)", "The date a number of milliseconds after the start of 1970.", 1, 1, (args, meter) =>
    fromEpoch(args, meter, "from_epoch_ms", 1_000),
  ),
  define(
    "parse_date(string)",
    "The date in the format of now. Reads ISO 8601, RFC 3339, HTTP and mail dates.",
    1,
    1,
    (args, meter) => formatInstant(date(args, 0, "parse_date", meter)),
  ),
  define(
    "to_epoch(string)",
    "The date in whole seconds since the start of 1970.",
    1,
    1,
    (args, meter) => date(args, 0, "to_epoch", meter).seconds,
  ),
  define("to_epoch_ms(string)", "The date in whole milliseconds since the start of 1970.", 1, 1, (args, meter) => {
    const { seconds, micros } = date(args, 0, "to_epoch_ms", meter);
    return seconds * 1_000 + Math.floor(micros / 1_000);
  }),
];

function date(args: readonly Json[], index: number, name: string, meter: Meter): Instant {
  const value = args[index] ?? null;
  if (isNumeric(value))
    throw failed(
      `${name}() takes a date as text as argument ${index + 1}, got ${show(value)}; from_epoch() and from_epoch_ms() make dates of numbers`,
    );
  const written = text(args, index, name);
  meter.spend(DATE_UNITS);
  countUnits(DATE_UNITS);
  const instant = parseDate(written);
  if (instant !== null) return instant;
  if (isWrittenAsDate(written)) {
    throw failed(
      `${name}() cannot read ${show(written)} as a date: there is no such day or time in the years 1 to 9999`,
    );
  }
  throw failed(
    `${name}() cannot read ${show(written)} as a date; write it as 2026-11-24, 2026-11-24T10:00:00Z or Tue, 24 Nov 2026 10:00:00 GMT`,
  );
}

function offset(args: readonly Json[], index: number, name: string): number {
  const seconds = args.length > index ? parseOffset(text(args, index, name)) : 0;
  if (seconds === null) throw wrongType(args, index, name, "an offset from UTC such as '+02:00' or 'Z'");
  return seconds;
}

function unit(args: readonly Json[], index: number, name: string): { readonly ms: number; readonly months: number } {
  const found = UNITS.get(text(args, index, name).replace(/s$/, ""));
  if (found !== undefined) return found;
  throw wrongType(args, index, name, `a unit (${Array.from(UNITS.keys(), (unitName) => `${unitName}s`).join(", ")})`);
}

function moved(args: readonly Json[], meter: Meter, name: string, sign: 1 | -1): string {
  const instant = date(args, 0, name, meter);
  meter.spend(DATE_UNITS);
  countUnits(DATE_UNITS);
  return inRange(addDuration(instant, duration(args, name), sign), name);
}

function duration(args: readonly Json[], name: string): Duration {
  if (args.length < 3) {
    if (isNumeric(args[1])) throw failed(`${name}() needs a unit as argument 3, such as 'days'`);
    const read = parseDuration(text(args, 1, name));
    if (read === null) throw wrongType(args, 1, name, "a duration of ISO 8601 such as 'P3D' or 'PT90M'");
    return read;
  }
  const { ms, months } = unit(args, 2, name);
  const amount = number(args, 1, name);
  if (!Number.isSafeInteger(amount) || !Number.isSafeInteger(amount * Math.max(ms, months))) {
    throw wrongType(args, 1, name, "a whole number of units that is not too large");
  }
  if (months > 0) return { months: amount * months, seconds: 0, micros: 0 };
  const seconds = Math.floor((amount * ms) / 1_000);
  return { months: 0, seconds, micros: (amount * ms - seconds * 1_000) * 1_000 };
}

function fromEpoch(args: readonly Json[], meter: Meter, name: string, perSecond: number): string {
  // Digits beyond microseconds are dropped, as in dates written as text.
  const value = Number(numeric(args, 0, name));
  meter.spend(DATE_UNITS);
  countUnits(DATE_UNITS);
  const seconds = Math.floor(value / perSecond);
  const micros = Math.round(((value - seconds * perSecond) * 1_000_000) / perSecond);
  const carried = micros === 1_000_000 ? { seconds: seconds + 1, micros: 0 } : { seconds, micros };
  const hint =
    perSecond === 1
      ? "; from_epoch_ms() takes milliseconds, and microseconds divided by 1000"
      : "; divide microseconds by 1000, and nanoseconds by 1000000";
  return inRange(carried, name, hint);
}

function inRange(instant: Instant, name: string, hint = ""): string {
  if (isInRange(instant)) return formatInstant(instant);
  throw failed(`${name}() gives a date outside the years 1 to 9999${hint}`);
}
