/** How far back the figures go. */
export const PERIODS = {
  hour: { title: "Last hour", ms: 3_600_000 },
  day: { title: "Last day", ms: 86_400_000 },
  week: { title: "Last week", ms: 7 * 86_400_000 },
  month: { title: "Last 30 days", ms: 30 * 86_400_000 },
} as const;
export type Period = keyof typeof PERIODS;

export function periodOf(text: string | null): Period {
  return text !== null && Object.hasOwn(PERIODS, text) ? (text as Period) : "day";
}
