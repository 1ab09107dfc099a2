import type { Client, RouteOutput } from "@meshhook/contract";

import type { WatchedRun } from "./watched-run.ts";

/** A run that is folded sooner is shown at once: nobody sees its page being put together. */
const AT_ONCE_MS = 100;

/** A run as it follows from its facts, and the page that shows it. */
export interface WholeRun {
  readonly watched: WatchedRun;
  readonly RunPage: typeof import("./whole-run.ts").RunPage;
}

export interface OpenedRun {
  /** As the server reports it. */
  readonly run: RouteOutput<"getRun">;
  readonly version: RouteOutput<"getVersion">;
  /**
   * The run recomputed, which may take longer: facts and the engine have to arrive, and to be folded by it. Rejects when they cannot be
   * had, or cannot be this run's.
   */
  readonly whole: WholeRun | Promise<WholeRun>;
}

/**
 * A run as the server reports it, and the same run recomputed from its facts and the version that it belongs to. What steps gave is not
 * asked for: it would be most of the bytes, and is known here afterwards.
 */
export async function openRun(api: Client, runId: string): Promise<OpenedRun> {
  const facts = api.listFacts({ runId });
  // Whatever is wrong with the run itself is said first.
  facts.catch(() => undefined);
  const run = await api.getRun({ runId, outputs: false });
  const version = await api.getVersion({ versionId: run.versionId });
  const folded = facts.then(async ({ items }) => {
    const { RunPage, watchRun } = await import("./whole-run.ts");
    return { RunPage, watched: await watchRun(api, version, run, items) };
  });
  const isLate = new Promise<null>((resolve) => setTimeout(() => resolve(null), AT_ONCE_MS));
  const whole = (await Promise.race([folded, isLate])) ?? folded;
  // The page says it; a page that was left meanwhile does not.
  folded.catch(() => undefined);
  return { run, version, whole };
}
