import type { RouteInput, RunSummaryResource } from "@meshhook/contract";
import { msOfRunId } from "@meshhook/core";
import { api } from "#lib/api.ts";

/** Why the failed runs of a list failed, by run: "http_status in charge: …". Read once for each run, a page at a time. */
export class Reasons {
  byRun = $state.raw<ReadonlyMap<string, string>>(new Map());
  #isReading = false;

  /** Reads the reasons that are missing. Without an answer the list is shown without them. */
  async read(runs: readonly RunSummaryResource[], filter: Pick<RouteInput<"listFailures">, "workflow">): Promise<void> {
    const missing = runs.find(({ id, status }) => status === "failed" && !this.byRun.has(id));
    if (missing === undefined || this.#isReading) return;
    this.#isReading = true;
    try {
      // Filters by time compare the time in the id, which is a little later than that of the webhook.
      const startedBefore = new Date(msOfRunId(missing.id)).toISOString();
      const { items } = await api.listFailures({ ...filter, startedBefore, limit: 100 });
      const known = new Map(this.byRun);
      for (const { runId, error } of items)
        known.set(runId, `${error.code}${error.node === undefined ? "" : ` in ${error.node}`}: ${error.message}`);
      this.byRun = known;
    } catch {
      // The next change of the list tries again.
    } finally {
      this.#isReading = false;
    }
  }
}
