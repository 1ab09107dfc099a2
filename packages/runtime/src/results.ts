import { foldRunInSlices, type RunResult } from "@meshhook/core";
import type { Journal, StoredSegment } from "@meshhook/journal";

import { sleep, type Clock } from "./clock.ts";
import type { LiveRun } from "./live-run.ts";
import type { PlanCache } from "./plan-cache.ts";
import type { Turns } from "./turns.ts";

/** How often the journal is asked for the end of a run that is not in memory here: less and less often. */
const LOOK_MS = { first: 25, last: 1_000 };
/** Runs in one question to the journal, and the pause before the next one. */
const ASKED_MAX = 1_000;
const BETWEEN_MS = 10;

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
  readonly #ends: EndedRuns;

  constructor(options: ResultsOptions) {
    this.#options = options;
    this.#ends = new EndedRuns(options);
  }

  /** The run's result when it has ended, or null after `timeoutMs`. Also null when the journal does not answer. */
  async wait(runId: string, timeoutMs: number): Promise<RunResult | null> {
    const { clock, journal } = this.#options;
    const end = clock.monotonicMs() + timeoutMs;
    try {
      for (let pauseMs = LOOK_MS.first; ; pauseMs = Math.min(pauseMs * 2, LOOK_MS.last)) {
        const live = this.#options.findLive(runId);
        if (live !== null) {
          const result = await endOf(clock, live, end - clock.monotonicMs());
          if (result !== null) return result;
        }
        if (await this.#ends.has(runId)) return await this.#fold(runId, await journal.readRun(runId));
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

/** Asks the journal which runs have ended: about many at once, and one question after the other, so that many who wait do not keep it busy. */
class EndedRuns {
  readonly #journal: Journal;
  readonly #clock: Clock;
  #asked: {
    readonly runId: string;
    readonly answer: (hasEnded: boolean) => void;
    readonly fail: (error: unknown) => void;
  }[] = [];
  #isAsking = false;

  constructor({ clock, journal }: Pick<ResultsOptions, "clock" | "journal">) {
    this.#clock = clock;
    this.#journal = journal;
  }

  /** @throws JournalUnavailable */
  has(runId: string): Promise<boolean> {
    return new Promise((answer, fail) => {
      this.#asked.push({ runId, answer, fail });
      if (!this.#isAsking) void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#asked.length > 0) {
      const asked = this.#asked.splice(0, ASKED_MAX);
      try {
        const ended = await this.#journal.findEnded(asked.map(({ runId }) => runId));
        for (const { runId, answer } of asked) answer(ended.has(runId));
      } catch (error) {
        for (const { fail } of asked) fail(error);
      }
      if (this.#asked.length > 0) await sleep(this.#clock, BETWEEN_MS);
    }
    this.#isAsking = false;
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
