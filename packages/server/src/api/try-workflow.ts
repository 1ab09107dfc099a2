import { formatTime, type RouteInput, type TrialResource, type TrialRunResource } from "@meshhook/contract";
import {
  type Difference,
  type Ending,
  isRunId,
  type Json,
  parseJsonExactly,
  type Plan,
  type Trial,
  tryRun,
  validateDefinition,
} from "@meshhook/core";
import type { Catalog, Journal, RunSummary, StoredSegment, Workflow } from "@meshhook/journal";
import type { PlanCache } from "@meshhook/runtime";

import { HttpProblem } from "../http-problem.ts";
import { definitionProblem } from "./draft.ts";
import type { Rest } from "./heavy-work.ts";
import { isUnreadable } from "./problem-answer.ts";
import type { RunRange } from "./run-range.ts";

type TrialRequest = NonNullable<RouteInput<"tryWorkflow">["body"]>;

const RUNS = 50;
const DIFFERENCES_MAX = 20;
/** Longer outputs are left out of the answer, so that it stays readable. */
const OUTPUT_CHARACTERS_MAX = 2048;
/** Characters of facts of all runs together. */
const FACTS_MAX = 32_000_000;
const TIME_MAX_MS = 20_000;

export interface TrialSources {
  readonly journal: Journal;
  readonly catalog: Catalog;
  readonly plans: PlanCache;
}

/**
 * Tries a definition against recorded runs. Reads only. The work is bounded in runs, size and time, and says so when a bound ends it.
 *
 * @throws HttpProblem
 */
export async function tryWorkflow(
  { journal, catalog, plans }: TrialSources,
  workflow: Workflow,
  request: TrialRequest,
  range: RunRange,
  rest: Rest,
): Promise<TrialResource> {
  const { plan, hash } = await triedPlan(catalog, workflow, request);
  const startedAt = performance.now();
  const runs: TrialRunResource[] = [];
  let characters = 0;
  let stoppedBy: TrialResource["stoppedBy"] = null;
  for (const summary of await runsToTry(journal, workflow, request, range)) {
    if (characters > FACTS_MAX) stoppedBy = "size";
    else if (performance.now() - startedAt > TIME_MAX_MS) stoppedBy = "time";
    if (stoppedBy !== null) break;
    const { runId, versionId, projectId } = summary;
    const segments = await journal.readRun(runId, { projectId });
    characters += segments.reduce((sum, { facts }) => sum + facts.length, 0);
    runs.push({
      runId,
      versionId,
      startedAt: formatTime(summary.startedAt),
      ...(await tried(async () => {
        const recorded = await plans.get(versionId);
        if (recorded === null) throw new Error(`run ${runId} refers to version ${versionId}, which does not exist`);
        return tryRun({ plan: recorded, segments, runId }, plan, { rest });
      })),
    });
  }
  const count = (verdict: TrialRunResource["verdict"]): number => runs.filter((run) => run.verdict === verdict).length;
  return {
    hash,
    same: count("same"),
    different: count("different"),
    unknown: count("unknown"),
    unreadable: count("unreadable"),
    stoppedBy,
    runs,
  };
}

async function triedPlan(
  catalog: Catalog,
  { id, slug, projectId, definition: draft }: Workflow,
  { definition, version }: TrialRequest,
): Promise<{ readonly plan: Plan; readonly hash: string }> {
  if (definition !== undefined && version !== undefined) {
    throw wrong("/body/version", "Both a definition and a version are given.", "Send one of them.");
  }
  let value = definition;
  if (version !== undefined) {
    const found = (await catalog.listVersions(projectId, id)).find(({ number }) => number === version);
    if (found === undefined) throw new HttpProblem("not_found", `The workflow "${slug}" has no version ${version}`);
    value = parseJsonExactly(found.definition);
  }
  const checked = validateDefinition(value ?? parseJsonExactly(draft));
  if ("issues" in checked) throw definitionProblem(checked.issues);
  return checked;
}

async function runsToTry(
  journal: Journal,
  { id: workflowId, slug, projectId }: Workflow,
  { runId, runs = RUNS }: TrialRequest,
  range: RunRange,
): Promise<readonly RunSummary[]> {
  if (runId !== undefined) {
    const [segment] = isRunId(runId) ? await journal.readRun(runId, { projectId }) : [];
    if (segment === undefined || segment.workflowId !== workflowId) {
      throw new HttpProblem("not_found", `The workflow "${slug}" has no run "${runId}"`);
    }
    return [summaryOf(segment, projectId)];
  }
  return journal.listRuns({
    projectId,
    workflowId,
    ...range,
    limit: runs,
  });
}

function summaryOf({ runId, workflowId, versionId, at }: StoredSegment, projectId: string): RunSummary {
  return { runId, projectId, workflowId, versionId, status: "running", startedAt: at, finishedAt: null };
}

async function tried(work: () => Promise<Trial>): Promise<Omit<TrialRunResource, "runId" | "versionId" | "startedAt">> {
  try {
    const { verdict, differences, before, after, unusedFacts } = await work();
    return {
      verdict,
      differences: differences.slice(0, DIFFERENCES_MAX).map(differenceResource),
      differencesCount: differences.length,
      before: endingResource(before),
      after: endingResource(after),
      unusedFacts,
    };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return { verdict: "unreadable", differences: [], differencesCount: 0, problem: error.message };
  }
}

function differenceResource(difference: Difference): TrialRunResource["differences"][number] {
  const { node, iteration, kind } = difference;
  const place = { node, ...(iteration === undefined ? {} : { iteration: [...iteration] }) };
  if (difference.kind === "unknown") return { ...place, kind, reason: difference.reason };
  const { before, after } = difference;
  const parts = difference.kind === "request" ? { parts: [...difference.parts] } : {};
  const isShort = (value: unknown): boolean => JSON.stringify(value).length <= OUTPUT_CHARACTERS_MAX;
  return { ...place, kind, ...parts, ...(isShort(before) ? { before } : {}), ...(isShort(after) ? { after } : {}) };
}

function endingResource({ status, output, code, response }: Ending): NonNullable<TrialRunResource["before"]> {
  return {
    status,
    ...shownOutput(output),
    ...(code === undefined ? {} : { code }),
    ...(response === undefined ? {} : { response: { ...response, headers: { ...response.headers } } }),
  };
}

function shownOutput(output: Json): { output: Json } | { outputLength: number } {
  const { length } = JSON.stringify(output);
  return length <= OUTPUT_CHARACTERS_MAX ? { output } : { outputLength: length };
}

function wrong(path: string, message: string, fix: string): HttpProblem {
  const issues = [{ path, code: "invalid_value", message, fix }];
  return new HttpProblem("request_invalid", "The request has 1 issue", { issues });
}
