import { LRUCache } from "lru-cache";

/** Families that are remembered; the one that grew longest ago is forgotten first. */
const FAMILIES_MAX = 10_000;

/**
 * Counts the runs below each run that is nobody's child. All of them share a shard, so one process sees them all.
 *
 * The depth alone bounds nothing: a workflow that calls itself for each of a hundred items would start a hundred times as many runs on every
 * level. Nothing is stored: after a takeover, counts begin anew.
 */
export class Families {
  readonly #max: number;
  readonly #sizes = new LRUCache<string, number>({ max: FAMILIES_MAX });

  constructor(max: number) {
    this.#max = max;
  }

  /** Counts one more run below this one; false when that would be too many. */
  grow(rootRunId: string): boolean {
    const size = this.#sizes.get(rootRunId) ?? 0;
    if (size >= this.#max) return false;
    this.#sizes.set(rootRunId, size + 1);
    return true;
  }
}
