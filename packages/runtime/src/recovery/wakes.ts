import type { Micros } from "@meshhook/core";

import type { DueQueue } from "../due-queue.ts";
import type { Memory } from "../memory.ts";
import type { Shard } from "../shard.ts";

/** Runs that come back into memory at the same time. */
const WAKES = 4;

export interface WakesOptions {
  readonly memory: Memory;
  readonly due: DueQueue;
  /** Reads a run and brings it into memory. */
  readonly read: (shard: Shard, runId: string, timerDueAt: Micros | null) => Promise<unknown>;
  readonly onAuthorityLost: (reason: string) => void;
}

/** Brings runs back into memory that are away until a time, a few at once. */
export class Wakes {
  readonly #options: WakesOptions;
  #waiting: { readonly shard: Shard; readonly runId: string }[] = [];
  #serving = 0;

  constructor(options: WakesOptions) {
    this.#options = options;
  }

  /** The run has left memory and comes back at `wakeAt`; Infinity: when its children end. `timerDueAt`: see `Shard.away`. */
  leaveUntil(shard: Shard, runId: string, wakeAt: Micros, timerDueAt: Micros | null): void {
    shard.away.set(runId, timerDueAt);
    if (wakeAt !== Infinity) this.#options.due.add(wakeAt, () => this.#wake(shard, runId));
  }

  #wake(shard: Shard, runId: string): void {
    if (shard.isGone || !shard.away.has(runId)) return;
    this.#waiting.push({ shard, runId });
    if (this.#serving >= WAKES) return;
    this.#serving++;
    void this.#serve().finally(() => this.#serving--);
  }

  async #serve(): Promise<void> {
    const { memory, onAuthorityLost, read } = this.#options;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { shard, runId } = next;
      try {
        await memory.withRoom(async () => {
          const timerDueAt = shard.away.get(runId);
          if (!shard.isGone && timerDueAt !== undefined) await read(shard, runId, timerDueAt);
        });
      } catch (error) {
        if (!shard.isGone) onAuthorityLost(`Reading run ${runId} failed: ${String(error)}`);
      }
    }
  }
}
