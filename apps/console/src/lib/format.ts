/** Times, durations and sizes as people read them. English, and the reader's time zone. */

const DAY_TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DATE_TIME = new Intl.DateTimeFormat("en-GB", {
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "long" });

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000_000],
  ["month", 2_592_000_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** RFC 3339 to microseconds since 1970; the API's times have six digits after the second. */
export function microsOf(time: string): number {
  return Date.parse(time.slice(0, 19) + "Z") * 1_000 + Number(time.slice(20, 26));
}

/** "12 Nov 2026, 14:03:21" */
export function formatDateTime(time: string): string {
  return DATE_TIME.format(new Date(time));
}

/** "14:03:21.123" */
export function formatClockTime(time: string): string {
  const date = new Date(time);
  return `${DAY_TIME.format(date)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** A moment relative to now: "14:03:21" on the same day, "Sat, 12 Dec 2026, 14:03:21" on another. */
export function formatMoment(time: string, nowMs: number): string {
  const date = new Date(time);
  const [day, today] = [DAY.format(date), DAY.format(nowMs)];
  return day === today ? DAY_TIME.format(date) : `${day}, ${DAY_TIME.format(date)}`;
}

/** "just now", "3 minutes ago", "yesterday". */
export function formatAgo(time: string, nowMs: number): string {
  const elapsed = nowMs - Date.parse(time);
  for (const [unit, ms] of UNITS) if (Math.abs(elapsed) >= ms) return RELATIVE.format(-Math.round(elapsed / ms), unit);
  return elapsed < 10_000 ? "just now" : RELATIVE.format(-Math.round(elapsed / 1_000), "second");
}

/** The digits of a number of milliseconds, by its size. */
const MS_DIGITS = [
  [10, 2],
  [100, 1],
  [1_000, 0],
] as const;

/**
 * From microseconds: "0 ms", "850 µs", "12.3 ms", "4.20 s", "3 min 5 s", "2 h 10 min", "3 d 4 h".
 *
 * Rounded before the unit is chosen, so that nothing reads "1000 ms" or "1 min 60 s". The only formatter of durations.
 */
export function formatDuration(micros: number): string {
  const whole = Math.round(micros);
  if (whole <= 0) return "0 ms";
  if (whole < 1_000) return `${whole} µs`;
  const ms = whole / 1_000;
  for (const [below, digits] of MS_DIGITS) {
    const told = ms.toFixed(Number.isInteger(ms) ? 0 : digits);
    if (Number(told) < below) return `${told} ms`;
  }
  const seconds = ms / 1_000;
  const told = seconds.toFixed(Number.isInteger(seconds) ? 0 : 2);
  if (Number(told) < 60) return `${told} s`;
  const inMinutes = Math.round(seconds);
  if (inMinutes < 3_600) return twoUnits(inMinutes, 60, "min", "s");
  const inHours = Math.round(seconds / 60);
  if (inHours < 48 * 60) return twoUnits(inHours, 60, "h", "min");
  return twoUnits(Math.round(seconds / 3_600), 24, "d", "h");
}

function twoUnits(count: number, perLarge: number, large: string, small: string): string {
  const rest = count % perLarge;
  const first = `${Math.floor(count / perLarge)} ${large}`;
  return rest === 0 ? first : `${first} ${rest} ${small}`;
}

/** "850 bytes", "12.3 kB", "4.2 MB" (powers of 1,000). Rounded before the unit is chosen. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const kilobytes = (bytes / 1_000).toFixed(1);
  return Number(kilobytes) < 1_000 ? `${kilobytes} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** The part of a run's id by which people distinguish runs, because the time part of ids created together is the same. */
export function shortId(id: string): string {
  return id.slice(-12);
}

/** A message of the API as a sentence of a page: with a capital letter, unless it begins with a name in code, and a full stop. */
export function asSentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return trimmed;
  const isWord = /^[a-z]+(?:['’][a-z]+)?(?=[\s,;:.!?]|$)/.test(trimmed);
  const begun = isWord ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
  return /[.!?…:]$/.test(begun) ? begun : `${begun}.`;
}
