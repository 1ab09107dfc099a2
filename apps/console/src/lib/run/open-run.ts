import type { Client, RouteOutput } from "@meshhook/contract";
import { compile, type WorkflowDefinition } from "@meshhook/core";

import { WatchedRun } from "./watched-run.ts";

/** A run that is folded sooner is shown at once: nobody sees its page being put together. */
const AT_ONCE_MS = 100;

export interface OpenedRun {
  /** As the server reports it. */
  readonly run: RouteOutput<"getRun">;
  readonly version: RouteOutput<"getVersion">;
  /**
   * The run as it follows from its facts, which may take longer to arrive and to fold. Rejects when they cannot be had, or cannot be
   * this run's.
   */
  readonly watched: WatchedRun | Promise<WatchedRun>;
}

/**
 * A run as the server reports it, and the same run recomputed from its facts and the version that it belongs to. What steps gave is not
 * asked for: it would be most of the bytes, and is known here afterwards.
 */
export async function openRun(api: Client, runId: string): Promise<OpenedRun> {
  const readRun = (): Promise<RouteOutput<"getRun">> => api.getRun({ runId, outputs: false });
  const facts = api.listFacts({ runId });
  // Whatever is wrong with the run itself is said first.
  facts.catch(() => undefined);
  const run = await readRun();
  const version = await api.getVersion({ versionId: run.versionId });
  const folded = facts.then(({ items }) =>
    WatchedRun.open(
      compile(version.definition as WorkflowDefinition),
      { run, facts: items },
      {
        readFacts: async (after) => (await api.listFacts({ runId, after })).items,
        readRun,
        follow: (after, signal) => api.followRun(runId, { after, signal, outputs: false }),
      },
    ),
  );
  const isLate = new Promise<null>((resolve) => setTimeout(() => resolve(null), AT_ONCE_MS));
  const watched = (await Promise.race([folded, isLate])) ?? folded;
  // The page says it; a page that was left meanwhile does not.
  folded.catch(() => undefined);
  return { run, version, watched };
}
