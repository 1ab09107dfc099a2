import type { Client, RouteOutput } from "@meshhook/contract";
import { compile, type WorkflowDefinition } from "@meshhook/core";

import { WatchedRun } from "./watched-run.ts";

export interface OpenedRun {
  readonly watched: WatchedRun;
  readonly workflowId: string;
  readonly version: RouteOutput<"getVersion">;
}

/**
 * Everything a run is recomputed from, its facts and the version they belong to, and the run that follows from them; with what the
 * server says of it, to compare. What steps gave is not asked for: it would be most of the bytes, and is known here afterwards.
 */
export async function openRun(api: Client, runId: string): Promise<OpenedRun> {
  const readRun = (): Promise<RouteOutput<"getRun">> => api.getRun({ runId, outputs: false });
  const [run, facts] = await Promise.all([readRun(), api.listFacts({ runId })]);
  const version = await api.getVersion({ versionId: run.versionId });
  const watched = await WatchedRun.open(
    compile(version.definition as WorkflowDefinition),
    { run, facts: facts.items },
    {
      readFacts: async (after) => (await api.listFacts({ runId, after })).items,
      readRun,
      follow: (after, signal) => api.followRun(runId, { after, signal, outputs: false }),
    },
  );
  return { watched, workflowId: run.workflowId, version };
}
