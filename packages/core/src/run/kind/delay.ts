import type { Scope } from "../../expression/index.ts";
import type { DelayStep } from "../../plan/plan.ts";
import type { Micros } from "../../time.ts";
import { dueTime } from "../delay-time.ts";
import { failed, type Outcome } from "../outcome.ts";
import type { StepPlace } from "../step-key.ts";

export function runDelay(delay: DelayStep, place: StepPlace, scope: Scope, now: Micros): Outcome {
  const dueAt = dueTime(place.node, delay, scope, now);
  if (typeof dueAt === "string") return failed("delay_invalid", dueAt);
  return { kind: "waiting", effect: { kind: "timer", ...place, dueAt } };
}
