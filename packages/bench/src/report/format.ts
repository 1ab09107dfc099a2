/** Figures as text: three significant digits, thousands grouped, one form everywhere, the same on any locale. */

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const threeDigits = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

// Times stand below each other in columns: a trailing zero keeps the decimal points in line.
const threeDigitsPadded = new Intl.NumberFormat("en-US", { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });

/** Shown where there is no figure. */
export const NO_FIGURE = "–";

/** `7,600`, `41.2`, `0.0312`; whole numbers keep all digits. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_FIGURE;
  if (Math.abs(value) < 1e-9) return "0";
  return Number.isInteger(value) || Math.abs(value) >= 1000 ? grouped.format(value) : threeDigits.format(value);
}

/** `1.50 ms`, `38.2 ms`, `1.24 s`. */
export function formatMs(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_FIGURE;
  if (Math.abs(value) >= 1000) return `${threeDigitsPadded.format(value / 1000)} s`;
  return `${formatMsFigure(value)} ms`;
}

/** Milliseconds for a column that names the unit: `1.50`, `38.2`, `1,240`. */
export function formatMsFigure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_FIGURE;
  // Below a nanosecond there is only what floating point leaves of zero.
  if (Math.abs(value) < 1e-6) return "0";
  return Math.abs(value) >= 1000 ? grouped.format(value) : threeDigitsPadded.format(value);
}

/** `0.062 %`, `54.7 %`, `100 %`. */
export function formatShare(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_FIGURE;
  // What floating point leaves of zero is zero, without a sign.
  return `${Math.abs(value) < 1e-6 ? "0" : threeDigits.format(value * 100)} %`;
}

/** `1.42 kB`, `121 MB`: decimal units, as disks and PostgreSQL's own pages are told apart by name elsewhere. */
export function formatBytes(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_FIGURE;
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(value))) / 3)));
  return `${threeDigits.format(value / 1000 ** step)} ${units[step]}`;
}

/** `45 s`, `5 min 12 s`, `2 h 3 min`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${threeDigits.format(ms / 1000)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `2026-11-24 00:10:26 UTC`. */
export function formatTime(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `1 run`, `3 runs`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${grouped.format(count)} ${count === 1 ? singular : plural}`;
}

/** A setting of a server; null where nobody could look. */
export function onOrOff(setting: boolean | null): string {
  if (setting === null) return "unknown";
  return setting ? "on" : "off";
}
