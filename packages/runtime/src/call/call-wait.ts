import { stepKey } from "@meshhook/core";

import type { LiveRun } from "../live-run.ts";
import type { Obstacle } from "./origin-gate.ts";

/** What a call waits for that has not been sent: its target, or a place among the calls of this process (`process_slot`). */
export type CallWait = Obstacle | { readonly kind: "process_slot"; readonly origin: null; readonly until: null };

const PROCESS_SLOT: CallWait = { kind: "process_slot", origin: null, until: null };

/** The calls of a run that are due and have not been sent, by `stepKey`. */
export function callWaitsOf(live: LiveRun): ReadonlyMap<string, CallWait> {
  const waits = new Map<string, CallWait>();
  for (const { effect, pass, place } of live.waits.values()) {
    if (effect.kind !== "call") continue;
    const wait = place === undefined ? (pass?.obstacle ?? null) : place.isTaken ? null : PROCESS_SLOT;
    if (wait !== null) waits.set(stepKey(effect), wait);
  }
  return waits;
}
