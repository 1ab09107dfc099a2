import {
  decodeFacts,
  foldRunInSlices,
  HistoryError,
  type Fact,
  type RunEvent,
  type StepError,
  type StepPlace,
} from "@meshhook/core";
import type { Journal, RunSummary, StoredSegment } from "@meshhook/journal";
import type { PlanCache } from "@meshhook/runtime";

import type { Rest } from "./heavy-work.ts";
import { isUnreadable } from "./problem-answer.ts";

/** What failed runs must have in common; all of it applies. */
export interface FailureFilter {
  readonly workflowId?: string;
  readonly code?: string;
  readonly node?: string;
  /** Part of the message, in any case. */
  readonly text?: string;
  readonly fromRunId?: string;
  readonly beforeRunId?: string;
}

/** A run that failed, and why. */
export interface FailedRun {
  readonly run: RunSummary;
  readonly error: StepError;
  /** Attempts of the step that failed. */
  readonly attempts: number;
}

export interface FailurePage {
  readonly failures: readonly FailedRun[];
  /** How many failed runs were read. */
  readonly examined: number;
  /** Continue with runs below this one; null when there are no more. */
  readonly next: string | null;
}

/** The most failed runs that are read for one page. */
export const EXAMINED_MAX = 500;
/** Runs read from the journal's list at a time. */
const LISTED = 50;

/**
 * Failed runs with their reasons. A failed run is its own record: the reason follows from its facts, so every page folds the runs on it
 * (docs/decisions/0059).
 */
export class Failures {
  readonly #journal: Journal;
  readonly #plans: PlanCache;

  constructor(journal: Journal, plans: PlanCache) {
    this.#journal = journal;
    this.#plans = plans;
  }

  /** The newest failures that the filter lets through: at most `limit` of at most `EXAMINED_MAX` that are read. */
  async page(
    projectId: string,
    filter: FailureFilter,
    { limit, rest }: { readonly limit: number; readonly rest: Rest },
  ): Promise<FailurePage> {
    const failures: FailedRun[] = [];
    let examined = 0;
    let before = filter.beforeRunId;
    for (;;) {
      const listed = await this.#journal.listRuns({
        projectId,
        status: "failed",
        ...(filter.workflowId === undefined ? {} : { workflowId: filter.workflowId }),
        ...(filter.fromRunId === undefined ? {} : { fromRunId: filter.fromRunId }),
        ...(before === undefined ? {} : { beforeRunId: before }),
        limit: LISTED,
      });
      for (const run of listed) {
        const segments = await this.#journal.readRun(run.runId, { projectId });
        const failure = await this.ofRun(run, segments, rest);
        examined += 1;
        before = run.runId;
        if (failure !== null && isSelected(failure, filter)) failures.push(failure);
        if (failures.length === limit || examined === EXAMINED_MAX) return { failures, examined, next: before };
      }
      if (listed.length < LISTED) return { failures, examined, next: null };
    }
  }

  /** @returns Null when the run did not fail. */
  async ofRun(run: RunSummary, segments: readonly StoredSegment[], rest: Rest): Promise<FailedRun | null> {
    try {
      const plan = await this.#plans.get(run.versionId);
      if (plan === null) throw new Error(`There is no version ${run.versionId}, to which run ${run.runId} refers`);
      const folded = await foldRunInSlices(plan, segments, { runId: run.runId, rest });
      const error = folded.result?.error;
      if (error === undefined) return null;
      const step = folded.steps.find(({ node }) => node === error.node);
      return { run, error, attempts: step?.attempts ?? error.attempt ?? 0 };
    } catch (error) {
      // It is listed nevertheless: a run that cannot be read must not be missing.
      if (!isUnreadable(error)) throw error;
      const code = error instanceof HistoryError ? error.code : "history_semantics";
      return { run, error: { code, message: error.message }, attempts: 0 };
    }
  }
}

function isSelected({ error }: FailedRun, { code, node, text }: FailureFilter): boolean {
  return (
    (code === undefined || error.code === code) &&
    (node === undefined || error.node === node) &&
    (text === undefined || error.message.toLowerCase().includes(text.toLowerCase()))
  );
}

export interface FailureGroup {
  readonly workflowId: string;
  readonly code: string;
  readonly node: string | null;
  readonly runs: number;
  readonly newest: FailedRun;
  readonly oldest: FailedRun;
}

/** Counts failures by workflow, code and node, the largest group first. @param failures  Newest first. */
export function groupFailures(failures: readonly FailedRun[]): readonly FailureGroup[] {
  const byCause = Map.groupBy(failures, ({ run, error }) => `${run.workflowId} ${error.code} ${error.node ?? ""}`);
  return [...byCause.values()]
    .flatMap((group) => {
      const [newest] = group;
      const oldest = group.at(-1);
      if (newest === undefined || oldest === undefined) return [];
      const { code, node = null } = newest.error;
      return [{ workflowId: newest.run.workflowId, code, node, runs: group.length, newest, oldest }];
    })
    .sort((one, other) => other.runs - one.runs);
}

/** Where the calls were made that failed a run: the step, or the steps that failed the iterations of a loop. */
interface FailedPlace {
  readonly node: string;
  readonly iteration: readonly number[];
}

/** @param events  Of the whole run. An iteration counts if it failed, and so did those around it. */
function placesOf({ code, node }: StepError, events: readonly RunEvent[]): readonly FailedPlace[] {
  if (node === undefined) return [];
  if (code !== "loop_failed") return [{ node, iteration: [] }];
  const failed = new Set<string>();
  const places: FailedPlace[] = [];
  // The iterations around one fail after it, and nothing else tells of them.
  for (const { type, node: loop, iteration: around = [], data } of events.toReversed()) {
    if (type !== "iteration.failed") continue;
    if (around.length === 0 ? loop !== node : !failed.has(around.join())) continue;
    const { index, ...error } = data as unknown as StepError & { readonly index: number };
    const iteration = [...around, index];
    failed.add(iteration.join());
    if (error.code !== "loop_failed" && error.node !== undefined) places.push({ node: error.node, iteration });
  }
  return places;
}

interface Attempt {
  readonly fact: Fact;
  readonly seq: number;
  readonly position: number;
}

/**
 * Every answer and failure of the calls that failed a run.
 *
 * @param events  Gives the run's events, which only a loop that failed needs.
 */
export async function attemptsOf(
  segments: readonly StoredSegment[],
  error: StepError,
  events: () => Promise<readonly RunEvent[]>,
): Promise<readonly Attempt[]> {
  const places = placesOf(error, error.code === "loop_failed" ? await events() : []);
  return segments.flatMap(({ seq, facts }) =>
    decodeFacts(facts).flatMap((fact, position) =>
      (fact.kind === "response" || fact.kind === "failure") && places.some((place) => isAt(fact, place))
        ? [{ fact, seq, position }]
        : [],
    ),
  );
}

function isAt({ node, iteration }: StepPlace, place: FailedPlace): boolean {
  return node === place.node && place.iteration.every((number, depth) => iteration?.[depth] === number);
}
