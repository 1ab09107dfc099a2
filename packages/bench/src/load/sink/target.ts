import { seededRandom } from "../../stats/seeded-random.ts";

/**
 * What the target of a scenario's calls does, as plain data. The same call gets the same answer at the same attempt, whatever the order
 * in which calls arrive, so an audit can work out afterwards what each was told. Durations are milliseconds.
 */
export interface TargetPlan {
  readonly seed: number;
  /** What a call meets at its first attempt, at its second, and so on; the last mix holds for all later ones. */
  readonly attempts: readonly TargetMix[];
}

/** Behaviours and their shares, which add up to 1. */
export type TargetMix = readonly ({ readonly share: number } & TargetBehaviour)[];

export type TargetBehaviour =
  /** A complete answer. `retryAfter`, in whole seconds as HTTP has it, is for 429 and 503. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly delay?: Delay | null;
      readonly retryAfter?: number | null;
    }
  /** No answer; the connection stays open. */
  | { readonly kind: "hang" }
  /** A complete answer with a body of `bytes`, one byte at a time. */
  | { readonly kind: "drip"; readonly status: number; readonly bytes: number; readonly every: number }
  /** A complete answer with status 200 and a body of `bytes` JSON bytes, its length told before or not. */
  | { readonly kind: "huge"; readonly bytes: number; readonly framing: "length" | "chunked" }
  /** Bytes that are not HTTP, or not as HTTP says: see `BROKEN` for each. */
  | { readonly kind: "broken"; readonly how: BrokenAnswer }
  /** The connection is reset: before any answer, or after a part of it. */
  | { readonly kind: "reset"; readonly when: "at-once" | "in-head" | "in-body" }
  /** A complete answer with status 200 that promises to keep the connection, which is closed `after` it nevertheless. */
  | { readonly kind: "stale"; readonly after: number };

export type BrokenAnswer =
  "not-http" | "short-body" | "bad-chunk" | "two-lengths" | "endless-head" | "closed-at-once" | "bad-json";

/** How long an answer takes. Distributions are cut at `max`. */
export type Delay =
  | { readonly kind: "fixed"; readonly time: number }
  | { readonly kind: "uniform"; readonly min: number; readonly max: number }
  /** Memoryless, as of independent arrivals at a queue. */
  | { readonly kind: "exponential"; readonly mean: number; readonly max: number }
  /** The usual form of a service's answering times: half below the median, one in a hundred beyond `p99`. */
  | { readonly kind: "lognormal"; readonly median: number; readonly p99: number; readonly max: number };

/** A behaviour that was drawn for one attempt of one call. */
export interface Drawn {
  /** Its place in the mix. */
  readonly index: number;
  readonly behaviour: TargetBehaviour;
  /** Of an `answer`; 0 for the others. */
  readonly delayMs: number;
}

/** A target that answers every call with 200, after the same time. */
export function steadyTarget(delayMs: number): TargetPlan {
  return {
    seed: 1,
    attempts: [[{ share: 1, kind: "answer", status: 200, delay: { kind: "fixed", time: delayMs } }]],
  };
}

/**
 * What tells a call from others: all its attempts share it. A call that carries neither a run nor a key is one of its own, so its number
 * among all calls counts.
 */
export function callOf(runId: string, key: string, number: number): string {
  return runId === "" && key === "" ? `#${String(number)}` : `${runId}\t${key}`;
}

/** The one behaviour of a plan under which every attempt of every call meets the same; null where something is left to be drawn. */
export function onlyBehaviour({ attempts }: TargetPlan): Drawn | null {
  const [behaviour] = attempts[0] ?? [];
  if (attempts.length !== 1 || attempts[0]?.length !== 1 || behaviour === undefined) return null;
  const delay = delayOf(behaviour);
  if (delay === null) return { index: 0, behaviour, delayMs: 0 };
  return delay.kind === "fixed" ? { index: 0, behaviour, delayMs: delay.time } : null;
}

/**
 * What a call (see `callOf`) meets at an attempt, from 1.
 *
 * A pure function of its arguments: the share and the delay are drawn from a generator seeded with a hash of all three.
 */
export function drawBehaviour(plan: TargetPlan, call: string, attempt: number): Drawn {
  const mix = plan.attempts[Math.min(attempt, plan.attempts.length) - 1] ?? [];
  const random = seededRandom(hash(`${String(plan.seed)}\n${call}\n${String(attempt)}`));
  let left = random();
  let index = mix.findIndex(({ share }) => (left -= share) < 0);
  // Shares add up to 1 but for the last binary digit.
  if (index === -1) index = mix.length - 1;
  const behaviour = mix[index];
  if (behaviour === undefined) throw new RangeError("A target needs at least one mix with at least one behaviour.");
  const delay = delayOf(behaviour);
  return { index, behaviour, delayMs: delay === null ? 0 : drawDelayMs(delay, random) };
}

/** The status of the complete answer that the caller gets; null when it gets none. */
export function statusOf(behaviour: TargetBehaviour): number | null {
  if ("status" in behaviour) return behaviour.status;
  if (behaviour.kind === "huge" || behaviour.kind === "stale") return 200;
  // HTTP is satisfied by a body that is not the JSON it claims to be; who parses it is not.
  return behaviour.kind === "broken" && behaviour.how === "bad-json" ? 200 : null;
}

/**
 * @throws RangeError  naming the first thing in a plan that cannot be.
 */
export function checkTargetPlan(plan: TargetPlan): void {
  if (plan.attempts.length === 0) throw new RangeError("A target needs a mix of behaviours for the first attempt.");
  for (const [index, mix] of plan.attempts.entries()) {
    const where = `The mix of attempt ${String(index + 1)}`;
    const bad = mix.find(({ share }) => !(share > 0 && share <= 1));
    if (bad !== undefined)
      throw new RangeError(`${where} has a share of ${String(bad.share)}. Shares are above 0 and at most 1.`);
    const total = totalShare(mix);
    if (total !== 1)
      throw new RangeError(
        `${where} has shares that add up to ${String(total)} instead of 1. Change a share so that they do.`,
      );
  }
}

/** To six digits: three thirds are a whole. */
export function totalShare(mix: readonly { readonly share: number }[]): number {
  return Number(mix.reduce((sum, { share }) => sum + share, 0).toFixed(6));
}

function delayOf(behaviour: TargetBehaviour): Delay | null {
  return behaviour.kind === "answer" ? (behaviour.delay ?? null) : null;
}

function drawDelayMs(delay: Delay, random: () => number): number {
  if (delay.kind === "fixed") return delay.time;
  if (delay.kind === "uniform") return delay.min + random() * (delay.max - delay.min);
  if (delay.kind === "exponential") return Math.min(delay.max, -delay.mean * Math.log(1 - random()));
  const sigma = Math.log(delay.p99 / delay.median) / NORMAL_P99;
  return Math.min(delay.max, delay.median * Math.exp(sigma * normal(random)));
}

/** The 99th percentile of the standard normal distribution. */
const NORMAL_P99 = 2.326_347_874;

/** Box and Muller's transform. Source: Ann. Math. Statist. 29 (1958), 610–611. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** FNV-1a, 32 bits. Source: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
