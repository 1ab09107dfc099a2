import { shown } from "./mistake.ts";
import type { Place, INVALID } from "./mistake.ts";
import type { Shape } from "./shape.ts";

const MS = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 } as const;
const SECONDS = { s: 1, min: 60, h: 3_600 } as const;
const BYTES = { B: 1, kB: 1_000, MB: 1_000_000 } as const;

const NUMBER = String.raw`(\d+(?:\.\d+)?)`;
const DURATION = new RegExp(`^${NUMBER} ?(${Object.keys(MS).join("|")})$`);
const RATE = new RegExp(`^${NUMBER} ?/ ?(${Object.keys(SECONDS).join("|")})$`);
const SIZE = new RegExp(`^${NUMBER} ?(${Object.keys(BYTES).join("|")})$`);

/** A time such as `15s`, `500ms`, `2min` or `1h`, within bounds; read as milliseconds. */
export function duration(
  description: string,
  { minMs = 0, maxMs }: { readonly minMs?: number; readonly maxMs: number },
): Shape<number> {
  return {
    schema: { type: "string", description, pattern: DURATION.source },
    read: (value, at) => {
      const ms = readQuantity(
        value,
        DURATION,
        MS,
        "a duration",
        "Write a number and a unit: 500ms, 15s, 2min or 1h",
        at,
      );
      if (typeof ms !== "number" || (ms >= minMs && ms <= maxMs)) return ms;
      return at.report(
        `${shown(value)} is not between ${durationText(minMs)} and ${durationText(maxMs)}.`,
        "Choose a duration within these bounds.",
      );
    },
  };
}

/** A rate such as `100/s` or `6000/min`, within bounds; read as a number per second. */
export function rate(description: string, { max }: { readonly max: number }): Shape<number> {
  return {
    schema: { type: "string", description, pattern: RATE.source },
    read: (value, at) => {
      const match = typeof value === "string" ? RATE.exec(value.trim()) : null;
      if (match === null)
        return at.report(`${shown(value)} is not a rate.`, "Write a number and a unit, such as 100/s or 6000/min.");
      const perSecond = Number(match[1]) / unitOf(SECONDS, match[2]);
      if (perSecond > 0 && perSecond <= max) return perSecond;
      return at.report(
        `${shown(value)} is not above 0 and at most ${String(max)}/s.`,
        "Choose a rate within these bounds.",
      );
    },
  };
}

/** A size such as `1kB`, `1010B` or `1MB`, within bounds; read as bytes. */
export function size(description: string, { min, max }: { readonly min: number; readonly max: number }): Shape<number> {
  return {
    schema: { type: "string", description, pattern: SIZE.source },
    read: (value, at) => {
      const bytes = readQuantity(value, SIZE, BYTES, "a size", "Write a number and a unit: 800B, 1kB or 1MB", at);
      if (typeof bytes !== "number" || (bytes >= min && bytes <= max && Number.isInteger(bytes))) return bytes;
      return at.report(
        `${shown(value)} is not between ${sizeText(min)} and ${sizeText(max)}.`,
        "Choose a whole number of bytes within these bounds.",
      );
    },
  };
}

function readQuantity(
  value: unknown,
  pattern: RegExp,
  units: { readonly [unit: string]: number },
  what: string,
  remedy: string,
  at: Place,
): number | typeof INVALID {
  const match = typeof value === "string" ? pattern.exec(value.trim()) : null;
  if (match === null) return at.report(`${shown(value)} is not ${what}.`, `${remedy}.`);
  // 1.005 kB is 1,005 bytes, which no product of doubles is.
  return Number((Number(match[1]) * unitOf(units, match[2])).toFixed(6));
}

function unitOf(units: { readonly [unit: string]: number }, unit: string | undefined): number {
  return units[unit ?? ""] ?? Number.NaN;
}

/** Milliseconds in words: `500 ms`, `15 s`, `2 min`, `1.5 h`. */
export function durationText(ms: number): string {
  const [unit, factor] =
    ms < 1_000
      ? (["ms", 1] as const)
      : ms < 120_000
        ? (["s", 1_000] as const)
        : ms < 7_200_000
          ? (["min", 60_000] as const)
          : (["h", 3_600_000] as const);
  return `${short(ms / factor)} ${unit}`;
}

/** Bytes in words: `800 B`, `1.01 kB`, `1 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${short(bytes)} B`;
  return bytes < 1e6 ? `${short(bytes / 1_000)} kB` : `${short(bytes / 1e6)} MB`;
}

function short(value: number): string {
  return String(Number(value.toFixed(2)));
}
