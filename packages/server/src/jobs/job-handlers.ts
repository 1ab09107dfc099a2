import { createHash } from "node:crypto";

import { formatTime, type JobPreview, type RouteInput } from "@meshhook/contract";
import { runIdFloor } from "@meshhook/core";
import type { Catalog, Job, Jobs, Journal, Workflow } from "@meshhook/journal";
import type { PlanCache } from "@meshhook/runtime";

import type { Failures } from "../api/failures.ts";
import type { Handlers } from "../api/answered-route.ts";
import type { HeavyWork, Rest } from "../api/heavy-work.ts";
import { runRangeOf } from "../api/run-range.ts";
import type { Caller } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import { jobResource, NO_PROGRESS, specOf, type JobSpec } from "./job-spec.ts";
import type { RunFilter, RunSelection, SelectedRun } from "./run-selection.ts";

export interface JobHandlerSources {
  readonly jobs: Jobs;
  readonly journal: Journal;
  readonly catalog: Catalog;
  readonly plans: PlanCache;
  readonly failures: Failures;
  readonly selection: RunSelection;
  readonly heavyWork: HeavyWork;
  readonly workflowOf: (caller: Caller, name: string) => Promise<Workflow>;
  /** There is something to do. */
  readonly onJob: () => void;
}

const RATE_PER_SECOND = 20;
const LISTED_MAX = 50;
const EXAMPLES = 5;

/** The routes about jobs. */
export function createJobHandlers(
  sources: JobHandlerSources,
): Pick<Handlers, "createJob" | "previewJob" | "listJobs" | "getJob" | "stopJob"> {
  const { jobs, heavyWork, workflowOf } = sources;

  const filterOf = async (
    caller: Caller,
    { kind, filter }: Pick<RouteInput<"createJob">["body"], "kind" | "filter">,
  ): Promise<RunFilter> => {
    const { workflow, code, node, text } = filter;
    const selectsFailed = kind === "replay" || (code ?? node ?? text) !== undefined;
    const status = filter.status ?? (kind === "cancel" ? "running" : selectsFailed ? "failed" : undefined);
    requireFit(kind, { ...filter, ...(status === undefined ? {} : { status }) });
    const workflowId = workflow === undefined ? undefined : (await workflowOf(caller, workflow)).id;
    const range = runRangeOf(filter, "/body/filter");
    const now = runIdFloor(Date.now() + 1);
    return {
      ...(status === undefined ? {} : { status }),
      ...(workflowId === undefined ? {} : { workflowId }),
      ...(code === undefined ? {} : { code }),
      ...(node === undefined ? {} : { node }),
      ...(text === undefined ? {} : { text }),
      ...range,
      beforeRunId: range.beforeRunId === undefined || range.beforeRunId > now ? now : range.beforeRunId,
    };
  };

  const jobOf = async (caller: Caller, jobId: string): Promise<Job> => {
    const job = await jobs.findJob(caller.projectId, jobId);
    if (job === null) throw new HttpProblem("not_found", `There is no job "${jobId}" in this project`);
    return job;
  };

  return {
    createJob: async (caller, { body }) => {
      const { idempotencyKey, ratePerSecond = RATE_PER_SECOND, ...asked } = body;
      const filter = await filterOf(caller, body);
      const request = createHash("sha256")
        .update(JSON.stringify({ ...asked, ratePerSecond }))
        .digest("hex");
      const spec: JobSpec = {
        kind: asked.kind,
        asked: asked.filter,
        filter,
        ...(asked.version === undefined ? {} : { version: asked.version }),
        ...(asked.reason === undefined ? {} : { reason: asked.reason }),
        ratePerSecond,
        by: { keyId: caller.id, name: caller.name },
        request,
      };
      const job = await jobs.createJob({
        id: jobIdOf(caller.projectId, idempotencyKey),
        projectId: caller.projectId,
        spec: JSON.stringify(spec),
        progress: JSON.stringify(NO_PROGRESS),
      });
      if (specOf(job).request !== request)
        throw new HttpProblem(
          "idempotency_key_reused",
          `The key "${idempotencyKey}" was used before for another job, ${job.id}; use a new key`,
        );
      sources.onJob();
      return jobResource(job);
    },
    previewJob: (caller, { body }) =>
      heavyWork.run(caller.projectId, async (rest) =>
        preview(sources, caller, await filterOf(caller, body), body, rest),
      ),
    listJobs: async (caller) => ({ items: (await jobs.listJobs(caller.projectId, LISTED_MAX)).map(jobResource) }),
    getJob: async (caller, { jobId }) => jobResource(await jobOf(caller, jobId)),
    stopJob: async (caller, { jobId }) => {
      await jobOf(caller, jobId);
      await jobs.stopJob(caller.projectId, jobId);
      sources.onJob();
      return jobResource(await jobOf(caller, jobId));
    },
  };
}

/** @throws HttpProblem  `job_filter_invalid` */
function requireFit(
  kind: JobSpec["kind"],
  { status, code, node, text }: RouteInput<"createJob">["body"]["filter"],
): void {
  if (kind === "erase" && status === "running")
    throw new HttpProblem("job_filter_invalid", "Runs in progress cannot be erased; cancel them first");
  if (kind === "replay" && status === "running")
    throw new HttpProblem("job_filter_invalid", "Runs in progress cannot be replayed; select runs that have ended");
  if (kind === "cancel" && status !== "running")
    throw new HttpProblem("job_filter_invalid", `A run that is ${status} cannot be canceled; leave out the status`);
  if (status !== undefined && status !== "failed" && (code ?? node ?? text) !== undefined)
    throw new HttpProblem(
      "job_filter_invalid",
      `Only failed runs have a code, a node and a message; leave them out for runs that are ${status}`,
    );
}

/** The same for the same key, so that a repeated request finds the job. A UUID of version 8: RFC 9562, section 5.8. */
function jobIdOf(projectId: string, key: string): string {
  const hex = createHash("sha256").update(`job ${projectId} ${key}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

async function preview(
  sources: JobHandlerSources,
  { projectId }: Caller,
  filter: RunFilter,
  { kind, version = "active", examples = EXAMPLES }: RouteInput<"previewJob">["body"],
  rest: Rest,
): Promise<JobPreview> {
  const { runs, isComplete } = await sources.selection.all(projectId, filter, rest);
  const byWorkflow = Map.groupBy(runs, ({ run }) => run.workflowId);
  return {
    runs: runs.length,
    isComplete,
    workflows: [...byWorkflow].map(([workflowId, found]) => ({ workflowId, runs: found.length })),
    calls: kind === "replay" ? await callsOf(sources, projectId, runs, version) : [],
    examples: await Promise.all(runs.slice(0, examples).map((one) => exampleOf(sources, one, rest))),
  };
}

async function callsOf(
  { catalog, plans }: JobHandlerSources,
  projectId: string,
  runs: readonly SelectedRun[],
  version: "active" | "same",
): Promise<JobPreview["calls"]> {
  const counts = new Map<string, { readonly workflowId: string; readonly versionId: string; runs: number }>();
  const active = new Map<string, string | null>();
  for (const { run } of runs) {
    const { workflowId } = run;
    if (!active.has(workflowId))
      active.set(workflowId, (await catalog.findWorkflow(projectId, { id: workflowId }))?.activeVersionId ?? null);
    const activeId = active.get(workflowId) ?? null;
    // A deleted workflow starts no runs.
    if (activeId === null) continue;
    const versionId = version === "same" ? run.versionId : activeId;
    const counted = counts.get(versionId) ?? { workflowId, versionId, runs: 0 };
    counted.runs += 1;
    counts.set(versionId, counted);
  }
  const calls: JobPreview["calls"] = [];
  for (const counted of counts.values()) {
    const plan = await plans.get(counted.versionId);
    for (const { id, step } of plan?.nodeById.values() ?? [])
      if ("method" in step) calls.push({ ...counted, node: id, method: step.method, url: step.url.text });
  }
  return calls;
}

async function exampleOf(
  { failures, journal }: JobHandlerSources,
  { run, error }: SelectedRun,
  rest: Rest,
): Promise<JobPreview["examples"][number]> {
  const { runId, workflowId, projectId, status, startedAt } = run;
  const read = async () => failures.ofRun(run, await journal.readRun(runId, { projectId }), rest);
  const reason = error ?? (status === "failed" ? (await read())?.error : undefined);
  return {
    runId,
    workflowId,
    status,
    startedAt: formatTime(startedAt),
    ...(reason === undefined ? {} : { error: { ...reason } }),
  };
}
