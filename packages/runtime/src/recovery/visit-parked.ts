import { decodeFacts, HistoryError, InvalidDefinitionError } from "@meshhook/core";
import type { Journal, StoredRun } from "@meshhook/journal";

import type { Applicant } from "../admission/applicant.ts";
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

/** Finds the runs that are parked beyond the timers read so far. A run that has been in memory in the meantime is left out: it was found then. */
export async function visitParked(
  { journal, limits, plans }: VisitParkedParts,
  shard: Shard,
  visit: (run: Applicant) => void,
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
        from = dueAt;
        afterRunId = run.runId;
        const going = shard.leaves(run.runId) > 0 ? null : await goingOf(run, plans);
        if (going !== null) visit(going);
      }
      if (page.length === 0 || shard.isGone) return;
    }
  });
}

/** Null for a run that waits for its turn, and for one that this process cannot read: such runs are set aside. */
async function goingOf({ runId, segments }: StoredRun, plans: PlanCache): Promise<Applicant | null> {
  const [first, ...more] = segments;
  if (first === undefined) return null;
  try {
    const plan = await plans.get(first.versionId);
    const [delivery] = decodeFacts(first.facts);
    if (plan === null || delivery?.kind !== "delivery") return null;
    const hasBegun = (): boolean => more.some(({ facts }) => decodeFacts(facts).some(({ kind }) => kind === "begin"));
    if (delivery.held === true && !hasBegun()) return null;
    const { projectId, workflowId } = first;
    const isChild = delivery.origin?.kind === "child";
    return { runId, projectId, workflowId, concurrency: isChild ? null : plan.concurrency, isChild };
  } catch (error) {
    if (error instanceof InvalidDefinitionError || error instanceof HistoryError) return null;
    throw error;
  }
}
