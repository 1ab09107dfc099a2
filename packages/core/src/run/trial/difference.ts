import type { Json } from "../../json.ts";
import type { Run } from "../run.ts";
import { iterationsOf, placeOfStep, type Step, stepsOf } from "../step.ts";
import { stepKey, type StepPlace } from "../step-key.ts";
import type { StepStatus } from "../status.ts";
import type { Refolded } from "./refold.ts";
import { type RequestDigest, requestDifferences, type RequestPart } from "./request-digest.ts";
import { isSameJson } from "./same-json.ts";

/** Where a run would go another way under another version. */
export type Difference = StepPlace & DifferenceKind;

export type DifferenceKind =
  /** A branch takes another port. */
  | { readonly kind: "port"; readonly before: string; readonly after: string }
  /** A call sends another request. Everything after it assumes the recorded answer. */
  | {
      readonly kind: "request";
      readonly parts: readonly RequestPart[];
      readonly before: RequestDigest;
      readonly after: RequestDigest;
    }
  /** A step ends in another way; null: the version does not have it. `code` is that of its error. */
  | { readonly kind: "status"; readonly before: StepEnd | null; readonly after: StepEnd | null }
  /** A step has another output. */
  | { readonly kind: "output"; readonly before: Json; readonly after: Json }
  /** A step waits for something that was never asked for, so what comes after it cannot be known. */
  | { readonly kind: "unknown"; readonly reason: "never_called" | "no_such_attempt" | "waits" };

export interface StepEnd {
  readonly status: StepStatus;
  readonly code?: string;
}

/**
 * Compares a run as it was with the same run under another plan, step by step in the order of the new plan: the first difference is where
 * they part. Steps that only one of them has count if they reach outside: a step that only computes shows in what depends on it.
 */
export function differencesOf(before: Refolded, after: Refolded): readonly Difference[] {
  const old = new Map(allStepsOf(before.run).map((step) => [stepKey(placeOfStep(step)), step]));
  const differences: Difference[] = [];
  for (const step of allStepsOf(after.run)) {
    const place = placeOfStep(step);
    const key = stepKey(place);
    const found = compareStep(old.get(key) ?? null, step, before.requests.get(key), after.requests.get(key));
    if (found !== null) differences.push({ ...place, ...found });
    old.delete(key);
  }
  for (const [key, step] of old) {
    if (before.requests.has(key)) {
      differences.push({ ...placeOfStep(step), kind: "status", before: endOf(step), after: null });
    }
  }
  return differences;
}

function compareStep(
  before: Step | null,
  after: Step,
  requestBefore: RequestDigest | undefined,
  requestAfter: RequestDigest | undefined,
): DifferenceKind | null {
  if (requestBefore !== undefined && requestAfter !== undefined) {
    const parts = requestDifferences(requestBefore, requestAfter);
    if (parts.length > 0) return { kind: "request", parts, before: requestBefore, after: requestAfter };
  }
  if (after.status === "waiting") {
    // The recorded run may wait for the same thing.
    if (before?.status === "waiting" && before.attempts === after.attempts) return null;
    if (after.loop !== null) return null;
    const isCall = after.effect?.kind === "call" || after.effect?.kind === "child";
    const reason = isCall ? (after.attempts > 1 ? "no_such_attempt" : "never_called") : "waits";
    return { kind: "unknown", reason };
  }
  // What the new run did not reach, because something before it is unknown.
  if (after.status === "pending") return null;
  if (before === null) return requestAfter === undefined ? null : { kind: "status", before: null, after: endOf(after) };
  // The recorded run is not over and has not come here yet.
  if (before.status === "pending") return null;
  if (after.type === "branch@1" && before.type === after.type && bothSucceeded(before, after)) {
    if (before.output === after.output) return null;
    return { kind: "port", before: String(before.output), after: String(after.output) };
  }
  if (before.status !== after.status || before.error?.code !== after.error?.code) {
    return { kind: "status", before: endOf(before), after: endOf(after) };
  }
  return isSameJson(before.output, after.output)
    ? null
    : { kind: "output", before: before.output, after: after.output };
}

function bothSucceeded(one: Step, other: Step): boolean {
  return one.status === "succeeded" && other.status === "succeeded";
}

function endOf({ status, error }: Step): StepEnd {
  return error === null ? { status } : { status, code: error.code };
}

/** All steps in plan order, those of iterations before their loop: what differs there is the cause. */
function allStepsOf(run: Run): readonly Step[] {
  return stepsOf(run).flatMap(withIterations);
}

function withIterations(step: Step): readonly Step[] {
  return [...iterationsOf(step).flatMap(({ steps }) => steps.flatMap(withIterations)), step];
}
