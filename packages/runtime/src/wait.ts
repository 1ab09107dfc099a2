import { type Effect, type Micros, stepKey } from "@meshhook/core";

import type { Pass } from "./call/origin-gate.ts";
import type { Place } from "./call-line.ts";

/** Something a live run waits for: a call in flight, a time, or something that others send. */
export interface Wait {
  readonly effect: Effect;
  /** When it ends by itself; `FAR_FUTURE` if only others can end it. Null for an answer, which may come at any time. */
  readonly dueAt: Micros | null;
  /** Of a call that waits at the gate of its origin. */
  readonly pass?: Pass;
  /** A call's place in the line. */
  readonly place?: Place;
  /** It goes on without this run in memory, and brings the run back: a child that is durable. */
  isElsewhere?: boolean;
  stop(): void;
}

/** The year 2250, for "any time later": whole microseconds that a number can count end in 2255. */
export const FAR_FUTURE: Micros = 8_835_955_200_000_000;

/** Names a wait within its run. A step has one wait of its own, and possibly a timeout beside it. */
export function waitKey(effect: Effect): string {
  if (effect.kind !== "timeout") return stepKey(effect);
  return effect.node === undefined ? "timeout" : `timeout ${stepKey({ ...effect, node: effect.node })}`;
}

/** Until then nothing comes of an effect by itself, so that its run need not be in memory. */
export function quietUntil({ dueAt }: Effect): Micros {
  return dueAt ?? FAR_FUTURE;
}
