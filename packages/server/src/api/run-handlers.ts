import { formatTime, type FactResource, type RunResource } from "@meshhook/contract";
import { decodeFacts, isRunId, type Requester, type Run, SEMANTICS, stateHash } from "@meshhook/core";
import type { Catalog, Journal, StoredSegment } from "@meshhook/journal";
import type { Engine, PlanCache } from "@meshhook/runtime";

import type { Caller } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import type { Handlers } from "./answered-route.ts";
import { PAGE_LIMIT, type Cursors } from "./cursor.ts";
import { foldFound } from "./fold-found.ts";
import type { HeavyWork, Rest } from "./heavy-work.ts";
import type { FoundSegments, Lookups } from "./lookups.ts";
import type { Reruns } from "./reruns.ts";
import { eventResource, factResource, runResource, runSummaryResource } from "./resources.ts";
import { runRangeOf } from "./run-range.ts";
import { readCondition, searchRuns } from "./run-search.ts";

export interface RunHandlerSources extends Lookups {
  readonly engine: Engine;
  readonly journal: Journal;
  readonly catalog: Catalog;
  readonly plans: PlanCache;
  readonly cursors: Cursors;
  readonly reruns: Reruns;
  readonly heavyWork: HeavyWork;
}

/** Facts that take about a millisecond to read. */
const RESTS_AFTER_CHARACTERS = 100_000;
const RERUNS_MAX = 100;

/** The routes about runs. */
export function createRunHandlers(
  sources: RunHandlerSources,
): Pick<
  Handlers,
  | "listRuns"
  | "getRun"
  | "listFacts"
  | "listEvents"
  | "listSetAside"
  | "releaseRun"
  | "eraseRun"
  | "cancelRun"
  | "replayRun"
  | "resumeRun"
  | "listReruns"
  | "getSemantics"
> {
  const { engine, journal, catalog, plans, cursors, reruns, heavyWork, workflowOf, segmentsOf } = sources;

  const turnOf = async (run: Run, { projectId, workflowId }: StoredSegment): Promise<RunResource["turn"]> => {
    if (!run.isHeld) return null;
    const turn = engine.turnOf(projectId, workflowId, run.runId);
    if (turn !== null) return { ...turn };
    const workflow = await catalog.findWorkflow(projectId, { id: workflowId });
    return { isPaused: workflow !== null && workflow.pausedAt !== null, ahead: null, slotOf: null };
  };

  const foldOf = (segments: FoundSegments, isObserved: boolean, rest: Rest): Promise<Run> =>
    foldFound(plans, segments, isObserved, rest);

  return {
    listRuns: async (caller, { workflow, status, where, cursor, limit = PAGE_LIMIT, ...period }) => {
      const condition = where === undefined ? null : readCondition(where);
      const workflowId = workflow === undefined ? undefined : (await workflowOf(caller, workflow)).id;
      const range = runRangeOf(period);
      const binding = `runs ${caller.projectId} ${workflowId ?? ""} ${status ?? ""} ${JSON.stringify(range)} ${where ?? ""}`;
      const query = {
        projectId: caller.projectId,
        ...(workflowId === undefined ? {} : { workflowId }),
        ...(status === undefined ? {} : { status }),
        ...range,
        ...(cursor === undefined ? {} : { beforeRunId: cursors.read(binding, cursor) }),
      };
      const cursorAt = (next: string | null): string | null => (next === null ? null : cursors.write(binding, next));
      if (condition !== null) {
        const { runs, examined, next } = await heavyWork.run(caller.projectId, (rest) =>
          searchRuns(journal, query, condition, { limit, rest }),
        );
        return { items: runs.map(runSummaryResource), examined, nextCursor: cursorAt(next) };
      }
      const found = await journal.listRuns({ ...query, limit });
      const last = found.length === limit ? found[found.length - 1] : undefined;
      return { items: found.map(runSummaryResource), nextCursor: cursorAt(last?.runId ?? null) };
    },
    getRun: (caller, { runId, outputs = true, stateHash: hasHash = false }) =>
      heavyWork.run(caller.projectId, async (rest) => {
        const segments = await segmentsOf(caller, runId);
        const run = await foldOf(segments, false, rest);
        const turn = await turnOf(run, segments[0]);
        return {
          ...runResource(
            run,
            segments[0],
            { turn, callWaits: engine.callWaitsOf(runId), now: Date.now() * 1_000 },
            outputs,
          ),
          ...(hasHash ? { stateHash: stateHash(run) } : {}),
        };
      }),
    listFacts: (caller, { runId, after = -1 }) =>
      heavyWork.run(caller.projectId, async (rest) => {
        const items: FactResource[] = [];
        for (const { seq, facts } of await segmentsOf(caller, runId)) {
          if (seq <= after) continue;
          for (const [position, fact] of decodeFacts(facts).entries()) items.push(factResource(fact, seq, position));
          if (facts.length >= RESTS_AFTER_CHARACTERS) await rest();
        }
        return { items };
      }),
    listEvents: async (caller, { runId, after, limit = PAGE_LIMIT, outputs = true }) => {
      const run = await heavyWork.run(caller.projectId, async (rest) =>
        foldOf(await segmentsOf(caller, runId), true, rest),
      );
      const [afterSeq, afterPosition] = (after ?? "-1.-1").split(".").map(Number) as [number, number];
      const rest = run
        .takeEvents()
        .filter(({ seq, position }) => seq > afterSeq || (seq === afterSeq && position > afterPosition));
      const page = rest.slice(0, limit);
      const last = page[page.length - 1];
      const isAll = page.length === rest.length;
      return {
        items: page.map((event) => eventResource(event, outputs)),
        next: isAll || last === undefined ? null : `${last.seq}.${last.position}`,
        done: isAll && run.status !== "running",
      };
    },
    listSetAside: async (caller) => ({
      items: (await engine.listSetAside(caller.projectId)).map(({ runId, attempts, at }) => ({
        runId,
        attempts,
        lastAttemptAt: formatTime(at),
      })),
    }),
    releaseRun: async (caller, { runId }) => {
      const outcome = isRunId(runId) ? await engine.release(caller.projectId, runId) : "not_found";
      if (outcome === "not_found") throw new HttpProblem("not_found", `There is no run "${runId}" in this project`);
      if (outcome === "not_set_aside") throw new HttpProblem("run_not_set_aside", `The run ${runId} is not set aside`);
      return { runId };
    },
    eraseRun: async (caller, { runId }) => {
      const outcome = isRunId(runId) ? await journal.eraseRun(caller.projectId, runId) : "not_found";
      if (outcome === "not_found") throw new HttpProblem("not_found", `There is no run "${runId}" in this project`);
      if (outcome === "in_progress")
        throw new HttpProblem("run_in_progress", `The run ${runId} has not ended; cancel it, and erase it then`);
      return null;
    },
    cancelRun: async (caller, { runId, body }) => {
      const outcome = isRunId(runId)
        ? await engine.cancel(caller.projectId, runId, body?.reason ?? "canceled through the API")
        : "not_found";
      if (outcome === "not_found") throw new HttpProblem("not_found", `There is no run "${runId}" in this project`);
      if (outcome === "unavailable")
        throw new HttpProblem("unavailable", "The database cannot be reached; nothing was canceled", {
          retryAfterS: 2,
        });
      return { runId, accepted: outcome === "accepted" };
    },
    replayRun: async (caller, { runId, body }) =>
      reruns.replay(await segmentsOf(caller, runId), {
        key: body.idempotencyKey,
        version: body.version ?? "active",
        by: requesterOf(caller),
      }),
    resumeRun: (caller, { runId, body }) =>
      heavyWork.run(caller.projectId, async (rest) =>
        reruns.resume(await segmentsOf(caller, runId), body, requesterOf(caller), rest),
      ),
    listReruns: async (caller, { runId }) => {
      await segmentsOf(caller, runId);
      const found = await journal.listReruns({ projectId: caller.projectId, runId, limit: RERUNS_MAX });
      return { items: found.map(({ newRunId, kind, at }) => ({ runId: newRunId, kind, at: formatTime(at) })) };
    },

    getSemantics: async () => ({ known: SEMANTICS, unfinished: [...(await journal.countUnfinishedBySemantics())] }),
  };
}

/** Who asked, as a run's origin shows it. */
function requesterOf({ id, name }: Caller): Requester {
  return { keyId: id, name };
}
