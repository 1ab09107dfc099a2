import type { Micros } from "@meshhook/core";

const SECOND = 1_000_000;
const UNITS = [
  { name: "µs", micros: 1 },
  { name: "ms", micros: 1_000 },
  { name: "s", micros: SECOND },
] as const;

/** Time since the start of the run: "+1.234 s", "+2:03.456", "+26:03:04.567", "+3 d 02:03:04". */
export function sinceStart(at: Micros, startedAt: Micros): string {
  const micros = Math.max(0, at - startedAt);
  // Rounded once, before it is split.
  const ms = Math.round(micros / 1_000);
  if (ms < 60_000) return `+${(ms / 1_000).toFixed(3)} s`;
  const seconds = (ms % 60_000) / 1_000;
  const minutes = Math.floor(ms / 60_000) % 60;
  const hours = Math.floor(ms / 3_600_000);
  if (hours === 0) return `+${minutes}:${padded(seconds, 3)}`;
  if (hours < 48) return `+${hours}:${padded(minutes)}:${padded(seconds, 3)}`;
  return `+${Math.floor(hours / 24)} d ${padded(hours % 24)}:${padded(minutes)}:${padded(Math.floor(seconds))}`;
}

/**
 * Labels for moments on an axis, in the unit and with the digits that distinguish each from its neighbour.
 *
 * @param offsets  From the start of the run, ascending, in microseconds.
 */
export function axisLabels(offsets: readonly Micros[]): readonly string[] {
  const last = offsets.at(-1) ?? 0;
  const gaps = offsets.slice(1).map((offset, index) => offset - (offsets[index] ?? 0));
  const step = Math.max(1e-3, Math.min(...gaps));
  if (last >= 60 * SECOND && step >= SECOND) return offsets.map(clock);
  const unit = UNITS.find(({ micros }) => last < 1_000 * micros) ?? UNITS[2];
  let digits = 0;
  while (digits < 9 && offsets.some((offset) => isOff(offset / unit.micros, digits, step / unit.micros))) digits += 1;
  return offsets.map((offset) => `${(offset / unit.micros).toFixed(digits)} ${unit.name}`);
}

/** True if a label with this many digits would be visibly off its position. */
function isOff(value: number, digits: number, step: number): boolean {
  return Math.abs(Number(value.toFixed(digits)) - value) > step / 20;
}

function clock(offset: Micros): string {
  const seconds = Math.round(offset / SECOND);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  if (hours === 0) return `${minutes}:${padded(seconds % 60)}`;
  if (hours < 48) return `${hours}:${padded(minutes)}:${padded(seconds % 60)}`;
  return `${Math.floor(hours / 24)} d ${padded(hours % 24)}:${padded(minutes)}`;
}

function padded(value: number, digits = 0): string {
  return value.toFixed(digits).padStart(digits === 0 ? 2 : 3 + digits, "0");
}
