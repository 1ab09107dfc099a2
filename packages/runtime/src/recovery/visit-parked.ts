import { decodeFacts, HistoryError, InvalidDefinitionError } from "@meshhook/core";
import type { Journal, StoredSegment } from "@meshhook/journal";

import type { RuntimeLimits } from "../limits.ts";
import type { PlanCache } from "../plan-cache.ts";
import type { Shard } from "../shard.ts";
import { FAR_FUTURE } from "../wait.ts";
import { READ_RUNS } from "./read-runs.ts";

export interface VisitParkedParts {
  readonly journal: Journal;
  readonly limits: RuntimeLimits;
  readonly plans: PlanCache;
}

/**
 * Finds the runs of workflows with a limit that are parked beyond the timers read so far. A run that has been in memory in the meantime is left
 * out: it was found then.
 */
export async function visitParked(
  { journal, limits, plans }: VisitParkedParts,
  shard: Shard,
  visit: (workflowId: string, concurrency: number, runId: string) => void,
): Promise<void> {
  await shard.during(async () => {
    let from = shard.timersUntil;
    let afterRunId: string | undefined;
    for (;;) {
      const page = await journal.loadTimers({
        shard: shard.shard,
        from,
        until: FAR_FUTURE + 1,
        ...(afterRunId === undefined ? undefined : { afterRunId }),
        limit: READ_RUNS,
        bytesMax: limits.readBytesMax,
      });
      for (const { run, dueAt } of page) {
        const [first] = run.segments;
        from = dueAt;
        afterRunId = run.runId;
        const limit = first === undefined ? null : await limitOfStored(plans, first);
        if (first === undefined || limit === null || shard.leaves(run.runId) > 0) continue;
        visit(first.workflowId, limit, run.runId);
      }
      if (page.length === 0 || shard.isGone) return;
    }
  });
}

/** How many runs of its workflow may go on at the same time, if the run counts among them. One that cannot be read here does not go on here. */
async function limitOfStored(plans: PlanCache, { facts, versionId }: StoredSegment): Promise<number | null> {
  try {
    const plan = await plans.get(versionId);
    if (plan === null || plan.concurrency === null) return null;
    const [delivery] = decodeFacts(facts);
    return delivery?.kind === "delivery" && delivery.origin?.kind === "child" ? null : plan.concurrency;
  } catch (error) {
    if (error instanceof InvalidDefinitionError || error instanceof HistoryError) return null;
    throw error;
  }
}
