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
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

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

/** "just now", "3 min. ago", "yesterday". */
export function formatAgo(time: string, nowMs: number): string {
  const elapsed = nowMs - Date.parse(time);
  for (const [unit, ms] of UNITS) if (Math.abs(elapsed) >= ms) return RELATIVE.format(-Math.round(elapsed / ms), unit);
  return elapsed < 10_000 ? "just now" : RELATIVE.format(-Math.round(elapsed / 1_000), "second");
}

/** From microseconds: "850 µs", "12.3 ms", "4.20 s", "3 min 5 s", "2 h 10 min". */
export function formatDuration(micros: number): string {
  if (micros < 1_000) return `${Math.round(micros)} µs`;
  const ms = micros / 1_000;
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  if (ms < 100) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(2)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** "850 bytes", "12.3 kB", "4.2 MB" (powers of 1,000). */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** The part of a run's id by which people tell runs apart: the time part of ids made together is the same. */
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
