import type { Count, CountQuery, Statistics, StoredCount } from "../statistics.ts";

/** Statistics in memory: nothing is put together. */
export class MemoryStatistics implements Statistics {
  #counts = new Map<string, StoredCount>();

  addCounts(counts: readonly StoredCount[]): Promise<void> {
    for (const count of counts) if (!this.#counts.has(count.id)) this.#counts.set(count.id, count);
    return Promise.resolve();
  }

  readCounts({ from, measures, projectId, to, workflowId }: CountQuery): Promise<readonly Count[]> {
    return Promise.resolve(
      [...this.#counts.values()].filter(
        (count) =>
          count.projectId === projectId &&
          count.at >= from &&
          count.at < to &&
          measures.includes(count.measure) &&
          (workflowId === undefined || count.workflowId === workflowId),
      ),
    );
  }

  compact(): Promise<number> {
    return Promise.resolve(0);
  }

  forgetCounts(before: Date): Promise<number> {
    const kept = [...this.#counts].filter(([, { at }]) => at >= before.getTime() * 1_000);
    const forgotten = this.#counts.size - kept.length;
    this.#counts = new Map(kept);
    return Promise.resolve(forgotten);
  }
}
