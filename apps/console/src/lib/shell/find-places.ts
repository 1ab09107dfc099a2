import type { RunSummaryResource, WorkflowSummary } from "@meshhook/contract";
import { goto } from "$app/navigation";

import { api } from "../api.ts";
import { shortId } from "../format.ts";
import type { Command } from "./commands.svelte.ts";

const WORKFLOWS_MAX = 200;
const RUNS_MAX = 50;
const RUN_ID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** Workflows and runs that can be opened, by their names for people. */
export interface Places {
  readonly workflows: readonly WorkflowSummary[];
  readonly runs: readonly RunSummaryResource[];
}

/** The project's workflows and its latest runs. */
export async function readPlaces(): Promise<Places> {
  const [workflows, runs] = await Promise.all([
    api.listWorkflows({ limit: WORKFLOWS_MAX }),
    api.listRuns({ limit: RUNS_MAX }),
  ]);
  return { workflows: workflows.items, runs: runs.items };
}

/** Pages that can be opened, for the command list; a run's whole id opens it, however old it is. */
export function placeCommands({ workflows, runs }: Places, typed: string): readonly Command[] {
  const names = new Map(workflows.map(({ id, name }) => [id, name]));
  const id = typed.trim().toLowerCase();
  return [
    ...(RUN_ID.test(id)
      ? [{ id: `open.${id}`, title: `Open run ${id}`, group: "Runs", keywords: [id], run: () => goto(`/runs/${id}`) }]
      : []),
    ...workflows.map((workflow): Command => ({
      id: `workflow.open.${workflow.id}`,
      title: workflow.name,
      group: "Workflows",
      keywords: [workflow.slug, ...workflow.slug.split("-")],
      run: () => goto(`/workflows/${workflow.slug}`),
    })),
    ...runs.map((run): Command => ({
      id: `run.open.${run.id}`,
      title: `Run ${shortId(run.id)} of ${names.get(run.workflowId) ?? "a deleted workflow"}, ${run.status}`,
      group: "Runs",
      keywords: [run.id],
      run: () => goto(`/runs/${run.id}`),
    })),
  ];
}
