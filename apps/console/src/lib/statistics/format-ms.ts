const UNITS = [
  { name: "d", ms: 86_400_000 },
  { name: "h", ms: 3_600_000 },
  { name: "min", ms: 60_000 },
  { name: "s", ms: 1_000 },
] as const;

/** A duration in the unit that reads best, with three digits. */
export function formatMs(ms: number): string {
  const unit = UNITS.find((one) => ms >= one.ms) ?? { name: "ms", ms: 1 };
  return `${Number((ms / unit.ms).toPrecision(3))} ${unit.name}`;
}
