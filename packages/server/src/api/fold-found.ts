import { foldRunInSlices, type Run } from "@meshhook/core";
import type { PlanCache } from "@meshhook/runtime";

import type { Rest } from "./heavy-work.ts";
import type { FoundSegments } from "./lookups.ts";

/** Folds a run that was found. @param isObserved  Its events can be taken. */
export async function foldFound(
  plans: PlanCache,
  segments: FoundSegments,
  isObserved: boolean,
  rest: Rest,
): Promise<Run> {
  const [{ runId, versionId }] = segments;
  const plan = await plans.get(versionId);
  if (plan === null) throw new Error(`run ${runId} refers to version ${versionId}, which does not exist`);
  return foldRunInSlices(plan, segments, { runId, observe: isObserved, rest });
}
