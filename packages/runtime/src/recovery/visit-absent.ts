import { decodeFacts, HistoryError, InvalidDefinitionError } from "@meshhook/core";
import type { Journal, StoredRun } from "@meshhook/journal";

import type { Applicant } from "../admission/applicant.ts";
import type { RuntimeLimits } from "../limits.ts";
import type { PlanCache } from "../plan-cache.ts";
import type { Shard } from "../shard.ts";
import { FAR_FUTURE } from "../wait.ts";
import { READ_RUNS } from "./read-runs.ts";

export interface VisitAbsentParts {
  readonly journal: Journal;
  readonly limits: RuntimeLimits;
  readonly plans: PlanCache;
}

/**
 * Finds the runs that go on and have not been read: those parked beyond the timers read so far, and those that wait in the journal until there
 * is room. A run that has been in memory in the meantime is left out: it was found then.
 */
export async function visitAbsent(
  { journal, limits, plans }: VisitAbsentParts,
  shard: Shard,
  visit: (run: Applicant) => void,
): Promise<void> {
  const look = async (run: StoredRun): Promise<void> => {
    const going = shard.leaves(run.runId) > 0 ? null : await goingOf(run, plans);
    if (going !== null) visit(going);
  };
  const page = { shard: shard.shard, limit: READ_RUNS, bytesMax: limits.readBytesMax };
  await shard.during(async () => {
    let from = shard.timersUntil;
    for (let afterRunId: string | undefined; ;) {
      const after = afterRunId === undefined ? {} : { afterRunId };
      const parked = await journal.loadTimers({ ...page, from, until: FAR_FUTURE + 1, ...after });
      for (const { run, dueAt } of parked) {
        from = dueAt;
        afterRunId = run.runId;
        await look(run);
      }
      if (shard.isGone) return;
      if (parked.length === 0) break;
    }
    const { spilledFrom: fromRunId } = shard;
    if (fromRunId === null) return;
    for (let afterRunId: string | undefined; ;) {
      const after = afterRunId === undefined ? {} : { afterRunId };
      const spilled = await journal.loadUnfinished({ ...page, fromRunId, ...after });
      for (const run of spilled) {
        afterRunId = run.runId;
        await look(run);
      }
      if (spilled.length === 0 || shard.isGone) return;
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
