import type { Plan } from "@meshhook/core";

import type { RunPicture } from "./recomputed-run.ts";

/**
 * The step to show first: the first failure that the workflow did not handle (the one that ended the run may only be a consequence), or one
 * that the run is waiting for. Null when none stands out.
 */
export function firstLook(picture: RunPicture, plan: Plan): string | null {
  if (picture.status === "failed") {
    const failed = picture.steps.filter(({ status, node }) => status === "failed" && !isHandled(plan, node));
    const [first] = failed.toSorted((left, right) => (left.endedAt ?? Infinity) - (right.endedAt ?? Infinity));
    return first?.node ?? picture.result?.error?.node ?? null;
  }
  if (picture.status === "running") return picture.steps.find(({ status }) => status === "waiting")?.node ?? null;
  return null;
}

/** A failure with an edge from its error port is a path of the workflow like any other. */
function isHandled(plan: Plan, node: string): boolean {
  const outgoing = plan.nodes[plan.indexById.get(node) ?? -1]?.outgoing ?? [];
  return outgoing.some(({ port }) => port === "error");
}
