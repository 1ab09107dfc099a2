import type { Run } from "@meshhook/core";

/** How many runs of the workflow may go on at the same time; children are not limited, because they keep the shard of their parents. */
export function limitOf({ origin, plan }: Run): number | null {
  return origin?.kind === "child" ? null : plan.concurrency;
}
