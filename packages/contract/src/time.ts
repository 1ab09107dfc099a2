import type { Micros } from "@meshhook/core";

/** Writes a time as RFC 3339 in UTC with six fraction digits: `2026-11-24T00:10:26.123456Z`. */
export function formatTime(at: Micros): string {
  const ms = Math.floor(at / 1_000);
  const rest = String(at - ms * 1_000).padStart(3, "0");
  return `${new Date(ms).toISOString().slice(0, -1)}${rest}Z`;
}

/**
 * Reads what `formatTime` writes, keeping the microseconds that `Date` would lose.
 *
 * @throws RangeError when the text is not such a time.
 */
export function parseTime(text: string): Micros {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3})(\d{3})Z$/.exec(text);
  const ms = match === null ? Number.NaN : Date.parse(`${match[1]}Z`);
  if (match === null || Number.isNaN(ms)) {
    throw new RangeError(`"${text}" is not a time like 2026-11-24T00:10:26.123456Z`);
  }
  return ms * 1_000 + Number(match[2]);
}

const RFC_3339 = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads a time as people and programs write it: RFC 3339 with any offset and up to six fraction digits. Null when the text is not a time.
 */
export function readTime(text: string): Micros | null {
  const [, date = "", clock = "", fraction = "", offset = ""] = RFC_3339.exec(text) ?? [];
  const ms = Date.parse(`${date}T${clock}${offset}`);
  // `Date` takes the 30th of February for the 2nd of March.
  const isDate = !Number.isNaN(ms) && new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
  return isDate ? ms * 1_000 + Number(fraction.padEnd(6, "0")) : null;
}
