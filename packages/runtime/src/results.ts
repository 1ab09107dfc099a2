import { foldRunInSlices, type RunResult } from "@meshhook/core";
import type { Journal, StoredSegment } from "@meshhook/journal";

import { sleep, type Clock } from "./clock.ts";
import type { LiveRun } from "./live-run.ts";
import type { PlanCache } from "./plan-cache.ts";
import type { Turns } from "./turns.ts";

/** How often the journal is asked for the end of a run that is not in memory here: less and less often. */
const LOOK_MS = { first: 25, last: 1_000 };

export interface ResultsOptions {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly plans: PlanCache;
  readonly turns: Turns;
  readonly findLive: (runId: string) => LiveRun | null;
}

/** Waits for the results of runs. Runs in memory report theirs; all others are looked up in the journal. */
export class Results {
  readonly #options: ResultsOptions;

  constructor(options: ResultsOptions) {
    this.#options = options;
  }

  /** The run's result when it has ended, or null after `timeoutMs`. Also null when the run does not exist, or the journal does not answer. */
  async wait(runId: string, timeoutMs: number): Promise<RunResult | null> {
    const { clock } = this.#options;
    const end = clock.monotonicMs() + timeoutMs;
    const segments: StoredSegment[] = [];
    try {
      for (let pauseMs = LOOK_MS.first; ; pauseMs = Math.min(pauseMs * 2, LOOK_MS.last)) {
        const live = this.#options.findLive(runId);
        if (live !== null) {
          const result = await endOf(clock, live, end - clock.monotonicMs());
          if (result !== null) return result;
        }
        const afterSeq = segments[segments.length - 1]?.seq ?? -1;
        segments.push(...(await this.#options.journal.readRun(runId, { afterSeq })));
        if (segments.length === 0) return null;
        if (segments[segments.length - 1]?.status !== null) return await this.#fold(runId, segments);
        const leftMs = end - clock.monotonicMs();
        if (leftMs <= 0) return null;
        await sleep(clock, Math.min(pauseMs, leftMs));
      }
    } catch {
      return null;
    }
  }

  async #fold(runId: string, segments: readonly StoredSegment[]): Promise<RunResult | null> {
    const { plans, turns } = this.#options;
    const first = segments[0];
    const plan = first === undefined ? null : await plans.get(first.versionId);
    if (first === undefined || plan === null) return null;
    return (await foldRunInSlices(plan, segments, { runId, rest: turns.worker(first.projectId) })).result;
  }
}

/** The result of a run in memory; null when the time is up, or the run left memory without ending. */
function endOf(clock: Clock, live: LiveRun, timeoutMs: number): Promise<RunResult | null> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(() => resolve(null), Math.max(0, timeoutMs));
    live.resultWaiters ??= [];
    live.resultWaiters.push((result) => {
      clock.clearTimer(timer);
      resolve(result);
    });
  });
}
