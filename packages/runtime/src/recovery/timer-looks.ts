import type { Micros } from "@meshhook/core";
import type { Journal } from "@meshhook/journal";

import type { DueQueue } from "../due-queue.ts";
import type { RuntimeLimits } from "../limits.ts";
import type { Memory } from "../memory.ts";
import type { Shard } from "../shard.ts";
import { FAR_FUTURE } from "../wait.ts";
import type { Adoption } from "./adoption.ts";
import { READ_RUNS } from "./read-runs.ts";
import type { Wakes } from "./wakes.ts";

export interface TimerLooksOptions {
  readonly journal: Journal;
  readonly memory: Memory;
  readonly due: DueQueue;
  readonly limits: RuntimeLimits;
  readonly onAuthorityLost: (reason: string) => void;
}

/** Looks at the stored timers of shards in time, and brings the runs into memory whose timers are due within the horizon. */
export class TimerLooks {
  readonly #options: TimerLooksOptions;
  readonly #adoption: Adoption;
  readonly #wakes: Wakes;

  constructor(options: TimerLooksOptions, adoption: Adoption, wakes: Wakes) {
    this.#options = options;
    this.#adoption = adoption;
    this.#wakes = wakes;
  }

  /** The run has left memory until then, and a timer that is due at `timerDueAt` has been stored. */
  park(shard: Shard, runId: string, until: Micros, timerDueAt: Micros): void {
    if (until < Math.max(shard.timersUntil, shard.lookUntil)) this.#wakes.leaveUntil(shard, runId, until, timerDueAt);
    else if (until < FAR_FUTURE) this.#lookBefore(shard, until);
  }

  /** Looks now, or once more after the look that is going on. */
  startLook(shard: Shard): void {
    if (shard.isGone) return;
    if (shard.lookUntil !== -Infinity) {
      shard.mustLookAgain = true;
      return;
    }
    this.#readTimers(shard).catch((error: unknown) => {
      if (!shard.isGone) this.#options.onAuthorityLost(`Reading timers failed: ${String(error)}`);
    });
  }

  /** Brings runs whose timers are due within the horizon into memory, as far as there is room, and plans the next look. */
  async #readTimers(shard: Shard): Promise<void> {
    const { journal, limits, memory } = this.#options;
    do {
      shard.mustLookAgain = false;
      const until = memory.horizon();
      shard.lookUntil = until;
      let readUntil = until;
      let afterRunId: string | undefined;
      for (;;) {
        const timers = await memory.withRoom(() =>
          shard.during(async () => {
            if (shard.isGone) return [];
            const left = shard.leavesSoFar();
            const page = await journal.loadTimers({
              shard: shard.shard,
              from: shard.timersUntil,
              until,
              ...(afterRunId === undefined ? undefined : { afterRunId }),
              limit: READ_RUNS,
              bytesMax: limits.readBytesMax,
            });
            await this.#adoption.adoptPage(
              shard,
              page.map(({ run, dueAt }) => ({ stored: run, timerDueAt: dueAt })),
              left,
            );
            return page;
          }),
        );
        if (shard.isGone) return;
        const last = timers[timers.length - 1];
        if (last === undefined) break;
        shard.timersUntil = last.dueAt;
        afterRunId = last.run.runId;
        // Memory has become short: those that are due later would only be remembered here, however many they are.
        if (last.dueAt >= memory.horizon()) {
          readUntil = last.dueAt;
          break;
        }
      }
      shard.timersUntil = Math.max(shard.timersUntil, readUntil);
      const next = await journal.findNextTimer({ shard: shard.shard, from: shard.timersUntil, until: FAR_FUTURE });
      if (shard.isGone) return;
      if (next !== null) this.#lookBefore(shard, next);
    } while (shard.mustLookAgain);
    shard.lookUntil = -Infinity;
  }

  /** Plans a look at the shard's timers in time for one that is due at `dueAt`. */
  #lookBefore(shard: Shard, dueAt: Micros): void {
    const { due, memory } = this.#options;
    if (!shard.planLook(dueAt)) return;
    const lead = (memory.horizon() - memory.now()) / 2;
    due.add(dueAt - lead, () => {
      shard.clearLook(dueAt);
      this.startLook(shard);
    });
  }
}
