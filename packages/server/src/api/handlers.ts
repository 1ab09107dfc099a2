import { createHash, randomBytes } from "node:crypto";

import {
  formatTime,
  type FactResource,
  type RouteInput,
  type RouteName,
  type RouteOutput,
  type RunResource,
  type WorkflowResource,
  type WorkflowSummary,
} from "@meshhook/contract";
import {
  decodeFacts,
  foldRunInSlices,
  isRunId,
  parseJsonExactly,
  type Requester,
  type Run,
  SEMANTICS,
  stateHash,
} from "@meshhook/core";
import type { Catalog, Jobs, Journal, StoredSegment, Workflow } from "@meshhook/journal";
import type { Engine, PlanCache } from "@meshhook/runtime";

import type { Authenticator, Caller } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import { createJobHandlers } from "../jobs/job-handlers.ts";
import type { JobRunner } from "../jobs/job-runner.ts";
import type { RunSelection } from "../jobs/run-selection.ts";
import type { Reports } from "../reports/reports.ts";
import type { RouteTable } from "../route-table.ts";
import { checkDefinition, scheduleOf } from "./check-definition.ts";
import type { Cursors } from "./cursor.ts";
import { inspectDraft, issueOf, readUnfinishedDraft, readValidDraft } from "./draft.ts";
import { createEndpointHandlers, type EndpointHandlerSources } from "./endpoint-handlers.ts";
import { createFailureHandlers } from "./failure-handlers.ts";
import type { Failures } from "./failures.ts";
import type { SignalLinks } from "../signal-link/signal-links.ts";
import { HeavyWork, type Rest } from "./heavy-work.ts";
import type { Reruns } from "./reruns.ts";
import { runRangeOf } from "./run-range.ts";
import { sessionOf } from "./session-routes.ts";
import { tryWorkflow } from "./try-workflow.ts";
import {
  eventResource,
  factResource,
  keyResource,
  projectResource,
  runResource,
  runSummaryResource,
  scheduleResource,
  versionResource,
  versionSummary,
  workflowResource,
  workflowSummary,
} from "./resources.ts";

export interface HandlerSources {
  readonly engine: Engine;
  readonly journal: Journal;
  readonly catalog: Catalog;
  readonly plans: PlanCache;
  readonly routes: RouteTable;
  readonly endpoints: Pick<EndpointHandlerSources, "secrets" | "signatures">;
  readonly cursors: Cursors;
  readonly authenticator: Authenticator;
  readonly jobs: Jobs;
  readonly failures: Failures;
  readonly selection: RunSelection;
  readonly reruns: Reruns;
  readonly runner: JobRunner;
  readonly links: SignalLinks;
  /** Null where no folder of reports was given. */
  readonly reports: Reports | null;
}

/** Routes that answer a known caller with JSON; streams are in streams.ts, signing in and out in session-routes.ts. */
export type AnsweredRoute = Exclude<RouteName, "followProject" | "signIn" | "signOut">;
export type Handlers = {
  readonly [Name in AnsweredRoute]: (caller: Caller, input: RouteInput<Name>) => Promise<RouteOutput<Name>>;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** What cannot be a slug is not looked up: PostgreSQL rejects some of it (a NUL, for example) with an error. */
const SLUG = /^[a-z0-9-]{1,64}$/;
const LIMIT = 50;
const PREFIX_CHARACTERS = 11;
/** The largest payload of a signal. */
const SIGNAL_BYTES_MAX = 65_536;
/** The largest payload of a link, which is part of its address. */
const LINK_BYTES_MAX = 1_024;
const LINK_VALID_MS = 604_800_000;
/** Facts that take about a millisecond to read. */
const RESTS_AFTER_CHARACTERS = 100_000;

const RERUNS_MAX = 100;

/** Who asked, as a run's origin shows it. */
function requesterOf({ id, name }: Caller): Requester {
  return { keyId: id, name };
}

/** What every route does. The caller's project comes from its key and from nowhere else. */
export function createHandlers(sources: HandlerSources): Handlers {
  const { engine, journal, catalog, plans, routes, endpoints, cursors, authenticator, links, reports } = sources;
  const { jobs, failures, selection, reruns, runner } = sources;

  const workflowOf = async (caller: Caller, name: string): Promise<Workflow> => {
    const key = UUID.test(name) ? { id: name } : SLUG.test(name) ? { slug: name } : null;
    const found = key === null ? null : await catalog.findWorkflow(caller.projectId, key);
    if (found === null) throw new HttpProblem("not_found", `There is no workflow "${name}" in this project`);
    return found;
  };

  const resourceOf = async (workflow: Workflow): Promise<WorkflowResource> => {
    const { activeVersionId } = workflow;
    const active = activeVersionId === null ? null : await catalog.findVersion(activeVersionId);
    return workflowResource(workflow, {
      ...inspectDraft(workflow.definition),
      activeVersionHash: active?.hash ?? null,
      schedule: active === null ? null : scheduleResource(scheduleOf(plans.ofVersion(active)), Date.now() * 1_000),
    });
  };

  const segmentsOf = async (caller: Caller, runId: string): Promise<readonly [StoredSegment, ...StoredSegment[]]> => {
    const [first, ...rest] = isRunId(runId) ? await journal.readRun(runId, { projectId: caller.projectId }) : [];
    if (first === undefined) throw new HttpProblem("not_found", `There is no run "${runId}" in this project`);
    return [first, ...rest];
  };

  const turnOf = async (run: Run, { projectId, workflowId }: StoredSegment): Promise<RunResource["turn"]> => {
    if (!run.isHeld) return null;
    const turn = engine.turnOf(run.runId, workflowId);
    if (turn !== null) return { ...turn };
    const workflow = await catalog.findWorkflow(projectId, { id: workflowId });
    return { isPaused: workflow !== null && workflow.pausedAt !== null, ahead: null };
  };

  const setPaused = async (caller: Caller, name: string, isPaused: boolean): Promise<WorkflowSummary> => {
    const { id } = await workflowOf(caller, name);
    const changed = await catalog.setPaused(caller.projectId, id, isPaused);
    if (changed === null) throw new HttpProblem("not_found", `There is no workflow "${name}" in this project`);
    await engine.readPauses();
    return workflowSummary(changed);
  };

  const heavyWork = new HeavyWork();

  const foldOf = async (
    segments: readonly [StoredSegment, ...StoredSegment[]],
    isObserved: boolean,
    rest: Rest,
  ): Promise<Run> => {
    const plan = await plans.get(segments[0].versionId);
    if (plan === null)
      throw new Error(`run ${segments[0].runId} refers to version ${segments[0].versionId}, which does not exist`);
    return foldRunInSlices(plan, segments, { runId: segments[0].runId, observe: isObserved, rest });
  };

  return {
    getSession: (caller) => sessionOf(catalog, caller),

    listProjects: async () => ({ items: (await catalog.listProjects()).map(projectResource) }),
    createProject: async (_caller, { body }) => {
      const taken = (await catalog.listProjects()).some(({ slug }) => slug === body.slug);
      if (taken)
        throw new HttpProblem("project_exists", `A project "${body.slug}" already exists; choose another slug`);
      return projectResource(await catalog.createProject(body));
    },

    listKeys: async (caller) => ({ items: (await catalog.listApiKeys(caller.projectId)).map(keyResource) }),
    createKey: async (caller, { body }) => {
      const projectId = body.projectId ?? caller.projectId;
      if (
        projectId !== caller.projectId &&
        (caller.scope !== "admin" || !(await catalog.listProjects()).some(({ id }) => id === projectId))
      ) {
        throw new HttpProblem("not_found", `There is no project "${projectId}"`);
      }
      if (body.scope === "admin" && caller.scope !== "admin")
        throw new HttpProblem("scope_insufficient", "Only an admin key can create an admin key");
      const key = `mh_${randomBytes(32).toString("base64url")}`;
      const hash = createHash("sha256").update(key).digest("hex");
      const made = await catalog.createApiKey({
        projectId,
        name: body.name,
        scope: body.scope,
        hash,
        prefix: key.slice(0, PREFIX_CHARACTERS),
      });
      return { ...keyResource(made), key };
    },
    revokeKey: async (caller, { keyId }) => {
      const key = (await catalog.listApiKeys(caller.projectId)).find(({ id }) => id === keyId);
      if (key === undefined) throw new HttpProblem("not_found", `There is no key "${keyId}" in this project`);
      if (key.scope === "admin" && caller.scope !== "admin")
        throw new HttpProblem("scope_insufficient", "Only an admin key can revoke an admin key");
      await catalog.revokeApiKey(caller.projectId, keyId);
      authenticator.forget();
      return null;
    },

    listWorkflows: async (caller, { cursor, limit = LIMIT }) => {
      const binding = `workflows ${caller.projectId}`;
      const found = await catalog.listWorkflows({
        projectId: caller.projectId,
        ...(cursor === undefined ? {} : { afterSlug: cursors.read(binding, cursor) }),
        limit: limit + 1,
      });
      const page = found.slice(0, limit);
      const last = found.length > limit ? page[page.length - 1] : undefined;
      return {
        items: page.map(workflowSummary),
        nextCursor: last === undefined ? null : cursors.write(binding, last.slug),
      };
    },
    createWorkflow: async (caller, { body }) => {
      const read = body.allowInvalid === true ? readUnfinishedDraft : readValidDraft;
      const { slug, name, text } = read(body.definition);
      if ((await catalog.findWorkflow(caller.projectId, { slug })) !== null) {
        throw new HttpProblem(
          "workflow_exists",
          `The project already has a workflow "${slug}"; change it with PUT /api/v1/workflows/${slug}`,
        );
      }
      const saved = await catalog.saveDraft({ projectId: caller.projectId, slug, name, definition: text, revision: 0 });
      if (saved === "conflict")
        throw new HttpProblem("workflow_exists", `Another request created the workflow "${slug}" at the same time`);
      return resourceOf(saved);
    },
    validateWorkflow: async (_caller, { body }) => {
      const checked = checkDefinition(body.definition);
      return "issues" in checked
        ? { valid: false, issues: checked.issues.map(issueOf), hash: null }
        : { valid: true, issues: [], hash: checked.hash };
    },
    getWorkflow: async (caller, { workflow }) => resourceOf(await workflowOf(caller, workflow)),
    updateWorkflow: async (caller, { workflow, body }) => {
      const isId = UUID.test(workflow);
      const stored = isId ? await workflowOf(caller, workflow) : null;
      const read = body.allowInvalid === true ? readUnfinishedDraft : readValidDraft;
      const { slug, name, text } = read(body.definition);
      const expected = stored?.slug ?? workflow;
      if (slug !== expected)
        throw new HttpProblem(
          "slug_mismatch",
          `The definition's slug is "${slug}", but the workflow's is "${expected}"; a slug never changes`,
        );
      const saved = await catalog.saveDraft({
        projectId: caller.projectId,
        slug,
        name,
        definition: text,
        ...(body.revision === undefined ? {} : { revision: body.revision }),
      });
      if (saved === "conflict") {
        const current = (await catalog.findWorkflow(caller.projectId, { slug }))?.revision;
        throw new HttpProblem(
          "revision_conflict",
          current === undefined
            ? `There is no draft of "${slug}", so it is not at revision ${body.revision}; save it without a revision to create it`
            : `The draft of "${slug}" is at revision ${current}, not at ${body.revision}; read it and make the change again`,
          current === undefined ? {} : { revision: current },
        );
      }
      return resourceOf(saved);
    },
    deleteWorkflow: async (caller, { workflow }) => {
      const { id } = await workflowOf(caller, workflow);
      if (!(await catalog.deleteWorkflow(caller.projectId, id)))
        throw new HttpProblem("not_found", `There is no workflow "${workflow}" in this project`);
      await routes.refresh();
      return null;
    },
    publishWorkflow: async (caller, { workflow }) => {
      const stored = await workflowOf(caller, workflow);
      const { hash, hasSchedule, text } = readValidDraft(parseJsonExactly(stored.definition));
      const version = await catalog.publishVersion({
        projectId: caller.projectId,
        workflowId: stored.id,
        hash,
        definition: text,
        hasSchedule,
      });
      await routes.refresh();
      return versionResource(version);
    },
    tryWorkflow: async (caller, { workflow, body = {} }) => {
      const stored = await workflowOf(caller, workflow);
      const range = runRangeOf(body, "/body");
      return heavyWork.run(caller.projectId, (rest) =>
        tryWorkflow({ journal, catalog, plans }, stored, body, range, rest),
      );
    },
    pauseWorkflow: (caller, { workflow }) => setPaused(caller, workflow, true),
    resumeWorkflow: (caller, { workflow }) => setPaused(caller, workflow, false),
    listVersions: async (caller, { workflow }) => {
      const { id } = await workflowOf(caller, workflow);
      return { items: (await catalog.listVersions(caller.projectId, id)).map(versionSummary) };
    },
    getVersion: async (caller, { versionId }) => {
      const version = UUID.test(versionId) ? await catalog.findVersion(versionId) : null;
      if (version === null || version.projectId !== caller.projectId)
        throw new HttpProblem("not_found", `There is no version "${versionId}" in this project`);
      return versionResource(version);
    },

    listRuns: async (caller, { workflow, status, cursor, limit = LIMIT, ...period }) => {
      const workflowId = workflow === undefined ? undefined : (await workflowOf(caller, workflow)).id;
      const range = runRangeOf(period);
      const binding = `runs ${caller.projectId} ${workflowId ?? ""} ${status ?? ""} ${JSON.stringify(range)}`;
      const found = await journal.listRuns({
        projectId: caller.projectId,
        ...(workflowId === undefined ? {} : { workflowId }),
        ...(status === undefined ? {} : { status }),
        ...range,
        ...(cursor === undefined ? {} : { beforeRunId: cursors.read(binding, cursor) }),
        limit,
      });
      const last = found.length === limit ? found[found.length - 1] : undefined;
      return {
        items: found.map(runSummaryResource),
        nextCursor: last === undefined ? null : cursors.write(binding, last.runId),
      };
    },
    getRun: (caller, { runId, outputs = true, stateHash: hasHash = false }) =>
      heavyWork.run(caller.projectId, async (rest) => {
        const segments = await segmentsOf(caller, runId);
        const run = await foldOf(segments, false, rest);
        const turn = await turnOf(run, segments[0]);
        return {
          ...runResource(run, segments[0], { turn, now: Date.now() * 1_000 }, outputs),
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
    listEvents: async (caller, { runId, after, limit = LIMIT, outputs = true }) => {
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
    signalRun: async (caller, { runId, body }) => {
      const { name, payload = null, key } = body;
      const text = JSON.stringify(payload);
      const bytes = Buffer.byteLength(text);
      if (bytes > SIGNAL_BYTES_MAX)
        throw new HttpProblem(
          "signal_too_large",
          `The payload has ${bytes} bytes; at most ${SIGNAL_BYTES_MAX} are taken`,
        );
      const signal = { name, payload: text, ...(key === undefined ? {} : { key }) };
      const outcome = isRunId(runId) ? await engine.signal(caller.projectId, runId, signal) : "not_found";
      switch (outcome) {
        case "not_found":
          throw new HttpProblem("not_found", `There is no run "${runId}" in this project`);
        case "finished":
          throw new HttpProblem(
            "run_over",
            `The run ${runId} has ended, so that it takes no signal "${name}" any more`,
          );
        case "full":
          throw new HttpProblem("signals_full", `The run ${runId} has been sent as many signals as one run takes`);
        case "unavailable":
          throw new HttpProblem("unavailable", "The database cannot be reached; the signal was not stored", {
            retryAfterS: 2,
          });
        case "accepted":
        case "repeated":
        default:
          return { runId, repeated: outcome === "repeated" };
      }
    },
    linkSignal: async (caller, { runId, body }) => {
      const { name, payload = null, validForMs = LINK_VALID_MS } = body;
      const text = JSON.stringify(payload);
      if (Buffer.byteLength(text) > LINK_BYTES_MAX)
        throw new HttpProblem("signal_too_large", `The payload of a link may have at most ${LINK_BYTES_MAX} bytes`);
      const segments = await segmentsOf(caller, runId);
      if (segments.at(-1)?.status !== null)
        throw new HttpProblem("run_over", `The run ${runId} has ended, so that it takes no signal "${name}" any more`);
      const expiresAt = (Date.now() + validForMs) * 1_000;
      const path = links.pathOf({ projectId: caller.projectId, runId, name, payload: text, expiresAt });
      return { path, expiresAt: formatTime(expiresAt) };
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
    ...createEndpointHandlers({ ...endpoints, catalog, routes, workflowOf }),
    ...createFailureHandlers({
      failures,
      cursors,
      heavyWork,
      workflowOf,
      segmentsOf,
    }),
    ...createJobHandlers({
      jobs,
      journal,
      catalog,
      plans,
      failures,
      selection,
      heavyWork,
      workflowOf,
      onJob: () => runner.look(),
    }),
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

    // Reports belong to the installation: they describe its machine and contain no data from runs.
    listReports: async () => ({ items: [...((await reports?.list()) ?? [])] }),
    getReport: async (_caller, { reportId }) => {
      const report = (await reports?.find(reportId)) ?? null;
      if (report === null) throw new HttpProblem("not_found", `There is no report "${reportId}"`);
      return report;
    },
  };
}
