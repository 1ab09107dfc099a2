const HOUR_MS = 3_600_000;

/** Common periods that end now. */
export const QUICK_RANGES = [
  { label: "15 minutes", ms: HOUR_MS / 4 },
  { label: "hour", ms: HOUR_MS },
  { label: "24 hours", ms: 24 * HOUR_MS },
  { label: "7 days", ms: 7 * 24 * HOUR_MS },
  { label: "30 days", ms: 30 * 24 * HOUR_MS },
] as const;

/** The start of a period that ends now, as RFC 3339. */
export function startOfRange(ms: number, nowMs: number): string {
  return new Date(nowMs - ms).toISOString();
}

/** A chosen time in a few words, for the button that opens the choice. */
export function rangeWords(
  startedAfter: string | undefined,
  startedBefore: string | undefined,
  format: (time: string) => string,
): string {
  if (startedAfter !== undefined && startedBefore !== undefined)
    return `${format(startedAfter)} to ${format(startedBefore)}`;
  if (startedAfter !== undefined) return `Since ${format(startedAfter)}`;
  return startedBefore === undefined ? "Any time" : `Before ${format(startedBefore)}`;
}
