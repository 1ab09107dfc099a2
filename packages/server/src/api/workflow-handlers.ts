import type { WorkflowResource, WorkflowSummary } from "@meshhook/contract";
import { parseJsonExactly } from "@meshhook/core";
import { answeredBy, isUuid, type Catalog, type Journal, type Workflow } from "@meshhook/journal";
import type { Engine, PlanCache } from "@meshhook/runtime";

import type { Caller } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import type { RouteTable } from "../route-table.ts";
import type { Handlers } from "./answered-route.ts";
import { checkDefinition, scheduleOf } from "./check-definition.ts";
import { PAGE_LIMIT, type Cursors } from "./cursor.ts";
import { inspectDraft, issueOf, readUnfinishedDraft, readValidDraft } from "./draft.ts";
import type { HeavyWork } from "./heavy-work.ts";
import type { Lookups } from "./lookups.ts";
import { scheduleResource, versionResource, versionSummary, workflowResource, workflowSummary } from "./resources.ts";
import { runRangeOf } from "./run-range.ts";
import { tryWorkflow } from "./try-workflow.ts";

export interface WorkflowHandlerSources extends Pick<Lookups, "workflowOf"> {
  readonly engine: Engine;
  readonly journal: Journal;
  readonly catalog: Catalog;
  readonly plans: PlanCache;
  readonly routes: RouteTable;
  readonly cursors: Cursors;
  readonly heavyWork: HeavyWork;
}

/** The routes about workflows, their drafts and their versions. */
export function createWorkflowHandlers(
  sources: WorkflowHandlerSources,
): Pick<
  Handlers,
  | "listWorkflows"
  | "createWorkflow"
  | "validateWorkflow"
  | "getWorkflow"
  | "updateWorkflow"
  | "deleteWorkflow"
  | "publishWorkflow"
  | "tryWorkflow"
  | "pauseWorkflow"
  | "resumeWorkflow"
  | "listVersions"
  | "getVersion"
> {
  const { engine, journal, catalog, plans, routes, cursors, heavyWork, workflowOf } = sources;

  const resourceOf = async (workflow: Workflow): Promise<WorkflowResource> => {
    const { activeVersionId } = workflow;
    const active = activeVersionId === null ? null : await catalog.findVersion(activeVersionId, workflow.projectId);
    return workflowResource(workflow, {
      ...inspectDraft(workflow.definition),
      activeVersionHash: active?.hash ?? null,
      schedule: active === null ? null : scheduleResource(scheduleOf(plans.ofVersion(active)), Date.now() * 1_000),
    });
  };

  const setPaused = async (caller: Caller, name: string, isPaused: boolean): Promise<WorkflowSummary> => {
    const { id } = await workflowOf(caller, name);
    const answer = await answeredBy(
      () => catalog.setPaused(caller.projectId, id, isPaused),
      (changed) => {
        if (changed === null) throw new HttpProblem("not_found", `There is no workflow "${name}" in this project`);
        return workflowSummary(changed);
      },
    );
    await engine.readAdmissionRules();
    return answer;
  };

  return {
    listWorkflows: async (caller, { cursor, limit = PAGE_LIMIT }) => {
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
      return answeredBy(
        () => catalog.saveDraft({ projectId: caller.projectId, slug, name, definition: text, revision: 0 }),
        (saved) => {
          if (saved === "conflict")
            throw new HttpProblem("workflow_exists", `Another request created the workflow "${slug}" at the same time`);
          return workflowResource(saved, { ...inspectDraft(text), activeVersionHash: null, schedule: null });
        },
      );
    },
    validateWorkflow: async (_caller, { body }) => {
      const checked = checkDefinition(body.definition);
      return "issues" in checked
        ? { valid: false, issues: checked.issues.map(issueOf), hash: null }
        : { valid: true, issues: [], hash: checked.hash };
    },
    getWorkflow: async (caller, { workflow }) => resourceOf(await workflowOf(caller, workflow)),
    updateWorkflow: async (caller, { workflow, body }) => {
      const isId = isUuid(workflow);
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
      const wanted = { projectId: caller.projectId, workflowId: stored.id, hash, definition: text, hasSchedule };
      const answer = await answeredBy(() => catalog.publishVersion(wanted), versionResource);
      await routes.refresh();
      return answer;
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
      const version = await catalog.findVersion(versionId, caller.projectId);
      if (version === null) throw new HttpProblem("not_found", `There is no version "${versionId}" in this project`);
      return versionResource(version);
    },
  };
}
