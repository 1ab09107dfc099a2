import type { Client, FactResource, RouteOutput } from "@meshhook/contract";
import { compile, type WorkflowDefinition } from "@meshhook/core";

import { WatchedRun } from "./watched-run.ts";

/** All of a run's page beyond what the server reports: the engine, and what shows its work. Loaded by itself, because it is large. */

export { default as RunPage } from "./RunPage.svelte";

/** Folds a run from its facts, and reads on from there. @throws HistoryError  when the facts cannot belong to this run. */
export function watchRun(
  api: Client,
  { definition }: RouteOutput<"getVersion">,
  run: RouteOutput<"getRun">,
  facts: readonly FactResource[],
): Promise<WatchedRun> {
  const { id: runId } = run;
  return WatchedRun.open(
    compile(definition as WorkflowDefinition),
    { run, facts },
    {
      readFacts: async (after) => (await api.listFacts({ runId, after })).items,
      readRun: () => api.getRun({ runId, outputs: false }),
      follow: (after, signal) => api.followRun(runId, { after, signal, outputs: false }),
    },
  );
}
