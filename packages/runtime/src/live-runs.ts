import type { LiveRun } from "./live-run.ts";

const BUCKETS_MIN = 16;

/**
 * The runs of a shard that are in memory, by id: buckets of runs that point to each other.
 *
 * Not a `Map`: its old tables stay linked to the new ones for iterators. Once a table is promoted to V8's old generation, it keeps every
 * run that was ever in a later table until the next full collection. At 12,000 runs a second, this made every young collection pause for 10
 * to 20 ms, and webhooks waited (docs/decisions/0011).
 */
export class LiveRuns {
  #buckets: (LiveRun | null)[] = emptyBuckets(BUCKETS_MIN);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(runId: string): LiveRun | undefined {
    let live = this.#buckets[this.#bucketOf(runId)] ?? null;
    while (live !== null && live.runId !== runId) live = live.nextInBucket;
    return live ?? undefined;
  }

  /** Adds a run whose id is not in it. */
  add(live: LiveRun): void {
    if (this.#size >= this.#buckets.length) this.#grow();
    this.#link(live);
    this.#size++;
  }

  /** Removes exactly this run; false when it is not in it. */
  delete(live: LiveRun): boolean {
    const bucket = this.#bucketOf(live.runId);
    let before: LiveRun | null = null;
    let at = this.#buckets[bucket] ?? null;
    while (at !== null && at !== live) {
      before = at;
      at = at.nextInBucket;
    }
    if (at === null) return false;
    if (before === null) this.#buckets[bucket] = live.nextInBucket;
    else before.nextInBucket = live.nextInBucket;
    live.nextInBucket = null;
    this.#size--;
    return true;
  }

  /** All of them, in no order. May still yield a run that is removed in the meantime. */
  values(): readonly LiveRun[] {
    const all: LiveRun[] = [];
    for (const first of this.#buckets) for (let live = first; live !== null; live = live.nextInBucket) all.push(live);
    return all;
  }

  #link(live: LiveRun): void {
    const bucket = this.#bucketOf(live.runId);
    live.nextInBucket = this.#buckets[bucket] ?? null;
    this.#buckets[bucket] = live;
  }

  #grow(): void {
    const all = this.values();
    this.#buckets.fill(null);
    this.#buckets = emptyBuckets(this.#buckets.length * 2);
    for (const live of all) this.#link(live);
  }

  /** The last digits of a run's id are random. */
  #bucketOf(runId: string): number {
    return Number.parseInt(runId.slice(-7), 16) & (this.#buckets.length - 1);
  }
}

function emptyBuckets(count: number): (LiveRun | null)[] {
  return Array.from({ length: count }, () => null);
}
