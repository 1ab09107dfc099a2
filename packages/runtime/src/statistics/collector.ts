import { randomUUID } from "node:crypto";

import type { Fact, Micros, TerminalStatus } from "@meshhook/core";
import { COUNTS_GIVEN_UP_MS, type Statistics, type StoredCount } from "@meshhook/journal";

import type { Clock, Timer } from "../clock.ts";
import type { Counters } from "../counters.ts";
import type { LiveRun } from "../live-run.ts";
import type { Logger } from "../logger.ts";
import { MinuteTallies } from "./tally.ts";

export interface CollectorOptions {
  readonly statistics: Statistics;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Logger;
}

/** How often counts are stored. What a process that is killed has counted since is missing. */
const STORE_MS = 10_000;
/** How often stored counts are put together. */
const COMPACT_MS = 300_000;
const MINUTE_US = 60_000_000;
/** Workflows, nodes and endpoints that are counted at the same time; what comes beyond that is not counted until the next batch. */
const SUBJECTS_MAX = 20_000;

/**
 * Counts what has become durable, and stores the counts in batches (docs/decisions/0097). It sees each committed segment once, in the process that wrote it, so that
 * nothing is counted twice.
 */
export class Collector {
  readonly #options: CollectorOptions;
  #minutes = new Map<Micros, MinuteTallies>();
  /** The minute that was counted in last. */
  #last: MinuteTallies | null = null;
  /** Batches that are not known to be stored. */
  #unsent: { readonly counts: readonly StoredCount[]; readonly sinceMs: number }[] = [];
  #timer: Timer | null = null;
  #sending: Promise<void> | null = null;
  #compactedAtMs = -Infinity;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** A segment is durable. `seq` is its number, `at` the time of its last fact. */
  noteSegment(live: LiveRun, seq: number, facts: readonly Fact[], status: TerminalStatus | null, at: Micros): void {
    const { runId, run } = live;
    const minute = this.#minuteOf(at);
    if (minute === null) return;
    if (seq === 0) {
      const [first] = facts;
      if (first?.kind === "delivery" && first.source !== undefined) {
        const waitedUs = Math.max(0, this.#options.clock.now() - first.at);
        this.#add(minute, live, "delivery", first.source.endpoint, "accepted", waitedUs, runId);
      }
    }
    for (const fact of facts) {
      if (fact.kind === "response")
        this.#add(minute, live, "call", fact.node, fact.status < 400 ? "succeeded" : "failed", fact.durationUs, runId);
      else if (fact.kind === "failure") this.#add(minute, live, "call", fact.node, "failed", fact.durationUs, runId);
      else if (fact.kind === "begin") this.#add(minute, live, "turn", "", "begun", fact.at - run.startedAt, runId);
    }
    // Until the end is durable, which is what others can see: a run without calls folds in no time.
    if (status !== null) {
      const tookUs = Math.max(0, this.#options.clock.now() - run.startedAt);
      this.#add(minute, live, "run", "", status, tookUs, runId);
    }
  }

  /** Stores what has been counted. Never rejects: what cannot be stored is tried again later. */
  flush(): Promise<void> {
    if (this.#timer !== null) this.#options.clock.clearTimer(this.#timer);
    this.#timer = null;
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null;
      if (this.#unsent.length > 0 || this.#minutes.size > 0) this.#storeLater();
    });
    return this.#sending;
  }

  /** Stores what is left, and nothing more. */
  async close(): Promise<void> {
    await this.#sending;
    await this.flush();
    if (this.#timer !== null) this.#options.clock.clearTimer(this.#timer);
    this.#timer = null;
  }

  #minuteOf(at: Micros): MinuteTallies | null {
    const start = at - (at % MINUTE_US);
    let minute = this.#last?.at === start ? this.#last : this.#minutes.get(start);
    if (minute === undefined) {
      minute = new MinuteTallies(start);
      this.#minutes.set(start, minute);
      this.#storeLater();
    }
    this.#last = minute;
    if (minute.size < SUBJECTS_MAX) return minute;
    this.#options.counters.statisticsDropped++;
    return null;
  }

  #add(
    minute: MinuteTallies,
    { projectId, workflowId }: LiveRun,
    measure: StoredCount["measure"],
    subject: string,
    outcome: StoredCount["outcome"],
    durationUs: number,
    runId: string,
  ): void {
    minute.add({ projectId, workflowId, measure, subject, outcome }, durationUs, runId);
  }

  #storeLater(): void {
    if (this.#timer !== null) return;
    this.#timer = this.#options.clock.setTimer(() => {
      this.#timer = null;
      void this.flush();
    }, STORE_MS);
    this.#timer.unref();
  }

  async #send(): Promise<void> {
    const { clock, counters, log, statistics } = this.#options;
    const minutes = [...this.#minutes.values()];
    this.#minutes = new Map();
    this.#last = null;
    const nowMs = clock.monotonicMs();
    const counts = minutes.flatMap((minute) => minute.counts(randomUUID));
    if (counts.length > 0) this.#unsent.push({ counts, sinceMs: nowMs });
    try {
      for (let next = this.#unsent[0]; next !== undefined; next = this.#unsent[0]) {
        if (nowMs - next.sinceMs >= COUNTS_GIVEN_UP_MS) counters.statisticsDropped += next.counts.length;
        else await statistics.addCounts(next.counts);
        this.#unsent.shift();
      }
      if (nowMs - this.#compactedAtMs < COMPACT_MS) return;
      this.#compactedAtMs = nowMs;
      await statistics.compact();
    } catch (error) {
      log.warn({ batches: this.#unsent.length, error: String(error) }, "statistics could not be stored; trying again");
    }
  }
}
