import { formatTime, type FailureResource } from "@meshhook/contract";
import type { RunEvent } from "@meshhook/core";
import type { StoredSegment, Workflow } from "@meshhook/journal";
import type { PlanCache } from "@meshhook/runtime";

import type { Caller } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import { PAGE_LIMIT, type Cursors } from "./cursor.ts";
import {
  attemptsOf,
  EXAMINED_MAX,
  type FailedRun,
  type FailureFilter,
  type Failures,
  groupFailures,
} from "./failures.ts";
import type { Handlers } from "./answered-route.ts";
import { foldFound } from "./fold-found.ts";
import type { HeavyWork } from "./heavy-work.ts";
import { factResource } from "./resources.ts";
import { runRangeOf } from "./run-range.ts";

export interface FailureHandlerSources {
  readonly failures: Failures;
  readonly cursors: Cursors;
  readonly plans: PlanCache;
  readonly heavyWork: HeavyWork;
  readonly workflowOf: (caller: Caller, name: string) => Promise<Workflow>;
  readonly segmentsOf: (caller: Caller, runId: string) => Promise<readonly [StoredSegment, ...StoredSegment[]]>;
}

interface FailureQuery {
  readonly workflow?: string;
  readonly code?: string;
  readonly node?: string;
  readonly text?: string;
  readonly startedAfter?: string;
  readonly startedBefore?: string;
  readonly cursor?: string;
}

/** The routes about failed runs. */
export function createFailureHandlers(
  sources: FailureHandlerSources,
): Pick<Handlers, "listFailures" | "groupFailures" | "getFailure"> {
  const { failures, cursors, heavyWork, plans, workflowOf, segmentsOf } = sources;

  /** The filter of a query, and what a cursor of it is bound to. */
  const filterOf = async (
    caller: Caller,
    query: FailureQuery,
  ): Promise<{ readonly filter: FailureFilter; readonly binding: string }> => {
    const { workflow, code, node, text, cursor } = query;
    const workflowId = workflow === undefined ? undefined : (await workflowOf(caller, workflow)).id;
    const filter = {
      ...(workflowId === undefined ? {} : { workflowId }),
      ...(code === undefined ? {} : { code }),
      ...(node === undefined ? {} : { node }),
      ...(text === undefined ? {} : { text }),
      ...runRangeOf(query),
    };
    const binding = `failures ${caller.projectId} ${JSON.stringify(filter)}`;
    return {
      filter: cursor === undefined ? filter : { ...filter, beforeRunId: cursors.read(binding, cursor) },
      binding,
    };
  };

  return {
    listFailures: async (caller, query) => {
      const { filter, binding } = await filterOf(caller, query);
      const { limit = PAGE_LIMIT } = query;
      const page = await heavyWork.run(caller.projectId, (rest) =>
        failures.page(caller.projectId, filter, { limit, rest }),
      );
      return {
        items: page.failures.map(failureResource),
        examined: page.examined,
        nextCursor: page.next === null ? null : cursors.write(binding, page.next),
      };
    },
    groupFailures: async (caller, query) => {
      const { filter, binding } = await filterOf(caller, query);
      const page = await heavyWork.run(caller.projectId, (rest) =>
        failures.page(caller.projectId, filter, { limit: EXAMINED_MAX, rest }),
      );
      return {
        items: groupFailures(page.failures).map(({ workflowId, code, node, runs, newest, oldest }) => ({
          workflowId,
          code,
          node,
          runs,
          message: newest.error.message,
          firstAt: formatTime(oldest.run.startedAt),
          lastAt: formatTime(newest.run.startedAt),
          lastRunId: newest.run.runId,
        })),
        examined: page.examined,
        nextCursor: page.next === null ? null : cursors.write(binding, page.next),
      };
    },
    getFailure: (caller, { runId }) =>
      heavyWork.run(caller.projectId, async (rest) => {
        const segments = await segmentsOf(caller, runId);
        const last = segments[segments.length - 1];
        const failure =
          last?.status !== "failed" ? null : await failures.ofRun(failedSummary(segments[0], last), segments, rest);
        if (failure === null)
          throw new HttpProblem("run_not_failed", `The run ${runId} is ${last?.status ?? "in progress"}, not failed`);
        const events = async (): Promise<readonly RunEvent[]> =>
          (await foldFound(plans, segments, true, rest)).takeEvents();
        const attempts = await attemptsOf(segments, failure.error, events);
        const attemptFacts = attempts.map(({ fact, seq, position }) => factResource(fact, seq, position));
        return { ...failureResource(failure), attemptFacts };
      }),
  };
}

function failedSummary(first: StoredSegment, last: StoredSegment): FailedRun["run"] {
  const { runId, projectId, workflowId, versionId } = first;
  return { runId, projectId, workflowId, versionId, status: "failed", startedAt: first.at, finishedAt: last.at };
}

function failureResource({ run, error, attempts }: FailedRun): FailureResource {
  return {
    runId: run.runId,
    workflowId: run.workflowId,
    versionId: run.versionId,
    startedAt: formatTime(run.startedAt),
    finishedAt: formatTime(run.finishedAt ?? run.startedAt),
    error: { ...error },
    attempts,
  };
}
