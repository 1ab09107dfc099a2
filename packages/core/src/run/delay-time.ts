import { evaluate } from "../expression/evaluate.ts";
import type { Scope } from "../expression/index.ts";
import { resolveValue } from "../expression/value-template.ts";
import type { Json } from "../json.ts";
import { isArray } from "../json-kind.ts";
import { isNumeric } from "../json-number.ts";
import { DELAY_MS_MAX } from "../plan/delay-limits.ts";
import type { DelayStep } from "../plan/plan.ts";
import type { Micros } from "../time.ts";
import { formatTimestamp, isWrittenAsTimestamp, parseTimestamp } from "./timestamp.ts";

/** The unit of a number since 1970, by its size: each unit extends to the year 5138, and the next begins in 1973. */
const UNITS: readonly {
  readonly name: string;
  readonly below: number;
  readonly toMicros: (count: number) => Micros;
}[] = [
  { name: "seconds", below: 1e11, toMicros: (seconds) => seconds * 1_000_000 },
  { name: "milliseconds", below: 1e14, toMicros: (millis) => millis * 1000 },
  { name: "microseconds", below: 1e17, toMicros: (micros) => micros },
  { name: "nanoseconds", below: Number.POSITIVE_INFINITY, toMicros: (nanos) => nanos / 1000 },
];

const DIGITS = /^\s*\d+(\.\d+)?\s*$/;

/** No later time can be written. */
const YEAR_10000: Micros = 253_402_300_800_000_000;

/**
 * The end of a delay that starts now; never before now.
 *
 * @returns A sentence that says why the config gives no such time, if it does not.
 * @throws ExpressionError
 */
export function dueTime(node: string, delay: DelayStep, scope: Scope, now: Micros): Micros | string {
  if (delay.until !== null) return timeOf(node, resolveValue(delay.until, scope), now);
  const { durationMs } = delay;
  const ms = typeof durationMs === "number" ? durationMs : evaluate(durationMs, scope);
  if (typeof ms === "number" && Number.isInteger(ms) && ms >= 0 && ms <= DELAY_MS_MAX) return now + ms * 1000;
  const given = isNumeric(ms) ? String(ms) : kindOf(ms);
  return `The duration of "${node}" is ${given}; give whole milliseconds from 0 to ${DELAY_MS_MAX} (366 days)`;
}

function timeOf(node: string, value: Json, now: Micros): Micros | string {
  const at = readTime(value);
  if (at === null) {
    if (typeof value === "string" && isWrittenAsTimestamp(value)) {
      return `The time that "${node}" waits for is ${quoted(value)}, but there is no such date or time`;
    }
    const given =
      typeof value === "string" ? `the text ${quoted(value)}` : isNumeric(value) ? String(value) : kindOf(value);
    return `The time that "${node}" waits for is ${given}; give a date with time and zone, as in 2026-12-24T18:00:00Z, or a number since 1970, as in 1798135200`;
  }
  if (at - now > DELAY_MS_MAX * 1000) {
    const given = typeof value === "string" ? quoted(value) : String(value);
    return `The time that "${node}" waits for, ${given}${readAs(value, at)}, is more than 366 days after ${formatTimestamp(now)}`;
  }
  return Math.max(at, now);
}

/** The unit that was assumed for a number, so that the year shows a wrong assumption. */
function readAs(value: Json, at: Micros): string {
  const count = isNumeric(value) || (typeof value === "string" && DIGITS.test(value)) ? Number(value) : null;
  const unit = count === null ? undefined : UNITS.find(({ below }) => count < below);
  if (unit === undefined) return "";
  return ` (${unit.name} since 1970${at < YEAR_10000 ? `: ${formatTimestamp(at)}` : ""})`;
}

/**
 * A time as it occurs in payloads; null for anything else. A text of digits counts as a number, because templates turn numbers into text.
 */
export function readTime(value: Json): Micros | null {
  if (typeof value === "string" && !DIGITS.test(value)) return parseTimestamp(value);
  if (typeof value !== "string" && !isNumeric(value)) return null;
  const count = Number(value);
  const unit = UNITS.find(({ below }) => count < below);
  return unit === undefined || !(count >= 0) ? null : Math.round(unit.toMicros(count));
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  return isArray(value) ? "an array" : `a value of type ${typeof value}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.length <= 60 ? text : `${text.slice(0, 57)}…`);
}
