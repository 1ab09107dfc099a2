import type { ChildRun, Plan } from "@meshhook/core";

import { isWithin, type Place } from "./place.ts";

/** The children that a step started, or for a loop or one of its iterations the steps in its body. */
export function childrenOf(place: Place, children: readonly ChildRun[], plan: Plan): readonly ChildRun[] {
  return children.filter((child) => isWithin(plan, child, place));
}
