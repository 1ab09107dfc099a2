import type { FaultSpan } from "../fault/fault.ts";
import { repeatsOf } from "../fault/repeats.ts";
import type { Effect } from "../load/sink/sink.ts";
import type { TargetBehaviour } from "../load/sink/target.ts";
import type { AuditInput } from "./audit-input.ts";

/** A call that reached the target more often than anything explains. */
export interface ExtraCalls {
  readonly key: string;
  readonly extra: number;
}

/** As long as this after a fault, MeshHook may still resolve a commit whose answer was lost (decision 25). */
const RESOLVED_US = 10_000_000;
/** An answer that may take this long can come too late for the caller. */
const PATIENCE_MS = 5_000;

/**
 * Calls that were repeated without a cause. A repeat has one of two causes:
 *
 * - the workflow tries again what its target did not answer well, as often as it says;
 * - a fault happened between the two arrivals, or was not over for ten seconds at the first of them. Each fault explains so many repeats of
 *   one call as `repeatsOf` says.
 *
 * What may happen at most once has neither.
 */
export function repeatsWithoutCause({
  effects,
  faults,
  expected,
}: Pick<AuditInput, "effects" | "faults" | "expected">): ExtraCalls[] {
  const attemptsMax = expected?.attemptsMax ?? 1;
  const isOnceOnly = expected?.isOnceOnly ?? false;
  return [...repeatedCalls(effects ?? [])].flatMap(([key, arrivals]) => {
    const extra = isOnceOnly ? arrivals.length - 1 : withoutCause(arrivals, faults, attemptsMax);
    return extra === 0 ? [] : [{ key, extra }];
  });
}

function withoutCause(arrivals: readonly Effect[], faults: readonly FaultSpan[], attemptsMax: number): number {
  let tries = attemptsMax - 1;
  const left = faults.map((span) => ({ span, repeats: repeatsOf(span.step, attemptsMax) }));
  let extra = 0;
  for (const [index, { atUs }] of arrivals.entries()) {
    const before = arrivals[index - 1];
    if (before === undefined) continue;
    if (tries > 0 && !isWellAnswered(before.behaviour)) {
      tries -= 1;
      continue;
    }
    const cause = left.find(
      ({ span, repeats }) => repeats > 0 && atUs >= span.beganUs && before.atUs <= span.endedUs + RESOLVED_US,
    );
    if (cause === undefined) extra += 1;
    else cause.repeats -= 1;
  }
  return extra;
}

/** Calls of a run that carry a key and came more than once, in the order in which they came. */
function repeatedCalls(effects: readonly Effect[]): Map<string, Effect[]> {
  const calls = new Map<string, Effect[]>();
  for (const effect of effects) {
    if (effect.key === "") continue;
    const arrivals = calls.get(effect.key);
    if (arrivals === undefined) calls.set(effect.key, [effect]);
    else arrivals.push(effect);
  }
  for (const [key, arrivals] of calls) {
    if (arrivals.length === 1) calls.delete(key);
    else arrivals.sort((a, b) => a.atUs - b.atUs);
  }
  return calls;
}

/** Whether nobody has a reason to try again, as far as the target is concerned. */
function isWellAnswered(behaviour: TargetBehaviour): boolean {
  switch (behaviour.kind) {
    case "answer": {
      const { status, delay = null } = behaviour;
      return status < 300 && (delay === null || longestMs(delay) < PATIENCE_MS);
    }
    case "stale":
      return true;
    case "drip":
      return behaviour.status < 300 && behaviour.bytes * behaviour.every < PATIENCE_MS;
    default:
      return false;
  }
}

function longestMs(delay: NonNullable<Extract<TargetBehaviour, { readonly kind: "answer" }>["delay"]>): number {
  return delay.kind === "fixed" ? delay.time : delay.max;
}
