import { arrivalsOf } from "../../load/profile/arrivals.ts";
import { durationMsOf, peakPerSecond } from "../../load/profile/profile.ts";
import type { LoadProfile, RatePart } from "../../load/profile/profile.ts";

/** `options.scenarios.webhooks` of a k6 script. */
export type K6Scenario = {
  readonly timeUnit: string;
  readonly preAllocatedVUs: number;
  readonly maxVUs: number;
  readonly gracefulStop: string;
} & (
  | { readonly executor: "constant-arrival-rate"; readonly rate: number; readonly duration: string }
  | {
      readonly executor: "ramping-arrival-rate";
      readonly startRate: number;
      readonly stages: readonly { readonly target: number; readonly duration: string }[];
    }
);

/** A load profile as k6 is told it, and the instants at which k6 starts an iteration for it. */
export interface K6Schedule {
  readonly scenario: K6Scenario;
  /** Microseconds from the start, in order. */
  readonly dueUs: readonly number[];
}

/** Why k6 cannot send a profile, in a sentence; null when it can. */
export function k6Refusal({ parts, arrivals }: LoadProfile): string | null {
  if (arrivals.kind === "poisson")
    return "k6 spaces requests evenly, so it cannot send the random arrivals (`arrivals: poisson`) of this load. Use --driver builtin or --driver jmeter.";
  if (!parts.every(isRate))
    return "k6 has no executor for recorded instants, so it cannot send the trace of this load. Use --driver builtin or --driver jmeter.";
  return null;
}

/** VUs that k6 makes ready before the load: a second of the highest rate. While it makes another one, it drops what is due. */
const READY_SECONDS = 1;
const READY_MIN = 10;

/**
 * Translates a profile. k6's rates are whole numbers for a unit of time, so the unit is as long as it takes; beyond thousandths of a request
 * per second they are rounded.
 *
 * Where k6 puts iterations: with a constant rate at 0, 1/rate, 2/rate, …; with a ramping one whenever the rate, added up over time, reaches the
 * next whole number, the first of which is 1 (k6's `lib/executor`).
 */
export function k6Schedule(profile: LoadProfile, inFlightMax: number): K6Schedule {
  const refusal = k6Refusal(profile);
  if (refusal !== null) throw new RangeError(refusal);
  const parts = profile.parts.filter(isRate);
  const unitSeconds = unitOf(parts);
  const rounded = { ...profile, parts: parts.map((part) => roundedTo(part, unitSeconds)) };
  const whole = (perSecond: number) => Math.round(perSecond * unitSeconds);
  const common = {
    timeUnit: `${String(unitSeconds)}s`,
    preAllocatedVUs: Math.min(inFlightMax, Math.max(READY_MIN, Math.ceil(peakPerSecond(profile) * READY_SECONDS))),
    maxVUs: inFlightMax,
    gracefulStop: "30s",
  };
  const [first] = rounded.parts;
  if (first === undefined) throw new RangeError("A load without a part cannot be sent.");
  if (rounded.parts.length === 1 && isLevel(first)) {
    const scenario = {
      ...common,
      executor: "constant-arrival-rate" as const,
      rate: whole(first.fromPerSecond),
      duration: durationText(first.durationMs),
    };
    return { scenario, dueUs: instantsUs(rounded, 0) };
  }
  const stages = rounded.parts.flatMap((part, index) => {
    const before = rounded.parts[index - 1];
    const jump =
      before !== undefined && before.toPerSecond !== part.fromPerSecond
        ? [{ target: whole(part.fromPerSecond), duration: "0s" }]
        : [];
    return [...jump, { target: whole(part.toPerSecond), duration: durationText(part.durationMs) }];
  });
  const scenario = {
    ...common,
    executor: "ramping-arrival-rate" as const,
    startRate: whole(first.fromPerSecond),
    stages,
  };
  return { scenario, dueUs: instantsUs(rounded, 1) };
}

/** The instants of a profile, from the request number given on. */
function instantsUs(profile: LoadProfile, first: number): readonly number[] {
  const { count } = arrivalsOf(profile);
  // The last whole number may be reached at the very end, where a profile by itself has no request any more.
  const beyond: RatePart = { kind: "rate", fromPerSecond: 1, toPerSecond: 1, durationMs: 2_000 };
  const arrivals = arrivalsOf({ ...profile, parts: [...profile.parts, beyond] });
  const endNs = durationMsOf(profile) * 1e6;
  return Array.from({ length: count }, (_, n) => arrivals.dueNs(n + first))
    .filter((ns) => ns <= endNs)
    .map((ns) => ns / 1_000);
}

const UNITS_SECONDS = [1, 10, 100, 1_000];

function unitOf(parts: readonly RatePart[]): number {
  const rates = parts.flatMap(({ fromPerSecond, toPerSecond }) => [fromPerSecond, toPerSecond]);
  const isWhole = (unit: number) => rates.every((rate) => Math.abs(rate * unit - Math.round(rate * unit)) < 1e-6);
  return UNITS_SECONDS.find(isWhole) ?? 1_000;
}

function roundedTo(part: RatePart, unitSeconds: number): RatePart {
  const round = (perSecond: number) => Math.round(perSecond * unitSeconds) / unitSeconds;
  return { ...part, fromPerSecond: round(part.fromPerSecond), toPerSecond: round(part.toPerSecond) };
}

function isRate(part: LoadProfile["parts"][number]): part is RatePart {
  return part.kind === "rate";
}

function isLevel({ fromPerSecond, toPerSecond }: RatePart): boolean {
  return fromPerSecond === toPerSecond;
}

function durationText(ms: number): string {
  return `${String(Math.round(ms))}ms`;
}
