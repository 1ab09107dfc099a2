import { isDatabaseStep, isNetworkStep, lengthOf } from "./step.ts";
import type { FaultStep } from "./step.ts";

/**
 * While the database is out of reach or full, MeshHook may lose its shards again and again, and each time takes up the calls that were
 * under way: once for each of these stretches at most. It gives up its shards when two thirds of a lease of 5 s went by unconfirmed.
 */
const TENURE_MS = 3_000;

/**
 * How often a fault may let one call reach its target again, although the target had answered it: the answer, or the commit that keeps
 * it, was lost. 0 for what touches neither.
 *
 * @param attemptsMax  How often the workflow itself tries a call.
 */
export function repeatsOf(step: FaultStep, attemptsMax: number): number {
  if (isNetworkStep(step)) {
    if (step.link === "client") return 0;
    // To MeshHook, a lost answer is a failed attempt.
    return step.link === "target" ? attemptsMax - 1 : 1 + Math.ceil(lengthOf(step) / TENURE_MS);
  }
  if (!isDatabaseStep(step)) return 1;
  switch (step.kind) {
    case "held-transaction":
      return 0;
    case "postgres-crash":
    case "terminate-backends":
      return 1;
    default:
      return 1 + Math.ceil(lengthOf(step) / TENURE_MS);
  }
}
