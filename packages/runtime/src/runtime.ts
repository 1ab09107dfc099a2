import { setTimeout as delay } from "node:timers/promises";

import { runIdFloor, shardOfRunId, type RunResult } from "@meshhook/core";
import type { Catalog, Journal } from "@meshhook/journal";

import { EgressPolicy } from "./call/egress.ts";
import { HttpCaller } from "./call/http-caller.ts";
import { systemClock, type Clock } from "./clock.ts";
import { newCounters } from "./counters.ts";
import type {
  Delivery,
  DeliveryOutcome,
  Engine,
  EngineStats,
  EventCursor,
  EventListener,
  ProjectListener,
  Subscription,
} from "./engine.ts";
import { DEFAULT_LIMITS, type RuntimeLimits } from "./limits.ts";
import type { Logger } from "./logger.ts";
import { Membership } from "./membership.ts";
import type { PlanCache } from "./plan-cache.ts";
import { RunTable } from "./run-table.ts";
import { Hub } from "./watch/hub.ts";

export interface RuntimeOptions {
  readonly journal: Journal;
  readonly catalog: Catalog;
  readonly plans: PlanCache;
  /** Shown in the owners table: host and process, for people. */
  readonly name: string;
  /** What `http_call` may reach although it is not public; see `EgressPolicy`. */
  readonly egressAllow: readonly string[];
  readonly log: Logger;
  readonly limits?: Partial<RuntimeLimits>;
  readonly clock?: Clock;
  /** Sent with every outgoing call. */
  readonly userAgent?: string;
}

/** Signals older than this were seen by whoever owned their shard. */
const SIGNALS_BACK_MS = 3_600_000;
const SETTLE_LOOK_MS = 5;
const READY_LOOK_MS = 5;

/** The engine over a journal: owns shards, runs what is delivered, streams what is committed. */
export class Runtime implements Engine {
  readonly #options: RuntimeOptions;
  readonly #clock: Clock;
  readonly #counters = newCounters();
  readonly #caller: HttpCaller;
  readonly #table: RunTable;
  readonly #hub: Hub;
  readonly #membership: Membership;
  readonly #catalogListeners = new Set<() => void>();
  #isDraining = false;
  #lastSignalId: string;

  constructor(options: RuntimeOptions) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { journal, plans, log } = options;
    this.#options = options;
    this.#clock = options.clock ?? systemClock();
    this.#lastSignalId = runIdFloor(this.#clock.now() / 1_000 - SIGNALS_BACK_MS);
    this.#caller = new HttpCaller({
      clock: this.#clock,
      egress: new EgressPolicy(options.egressAllow),
      connectionsPerOrigin: limits.connectionsPerOrigin,
      userAgent: options.userAgent ?? "MeshHook",
    });
    this.#table = new RunTable({
      journal,
      plans,
      caller: this.#caller,
      clock: this.#clock,
      limits,
      counters: this.#counters,
      log,
      mayAct: () => this.#membership.mayAct(),
      onAuthorityLost: (reason) => this.#membership.lose(reason),
    });
    this.#hub = new Hub(
      { journal, plans, isLocal: (runId) => this.#table.isLocal(runId) },
      limits.feedEventsMax,
      (projectId) => this.#table.observeProject(projectId),
    );
    this.#table.connect(this.#hub);
    this.#membership = new Membership({
      journal,
      table: this.#table,
      clock: this.#clock,
      limits,
      counters: this.#counters,
      log,
      name: options.name,
      onCatalogChanged: () => {
        for (const listener of this.#catalogListeners) listener();
      },
      onSignals: (shards) => this.#readSignals(shards),
    });
  }

  get isReady(): boolean {
    return !this.#isDraining && this.#membership.isReady;
  }

  /** Joins and takes shards in the background; `isReady` tells when deliveries are accepted. */
  start(): void {
    this.#membership.start();
  }

  /** Resolves when ready; rejects after `timeoutMs`. */
  async whenReady(timeoutMs: number): Promise<void> {
    const until = this.#clock.monotonicMs() + timeoutMs;
    while (!this.isReady) {
      if (this.#clock.monotonicMs() > until)
        throw new Error(
          `no shards were taken over within ${timeoutMs} ms; is another process holding them, or the database away?`,
        );
      await delay(READY_LOOK_MS);
    }
  }

  deliver(delivery: Delivery): Promise<DeliveryOutcome> {
    if (this.#isDraining) return Promise.resolve({ kind: "unavailable", retryAfterMs: 1_000 });
    return this.#table.deliver(delivery);
  }

  waitForResult(runId: string, timeoutMs: number): Promise<RunResult | null> {
    const live = this.#table.findLive(runId);
    if (live === null) return Promise.resolve(null);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), timeoutMs);
      live.resultWaiters ??= [];
      live.resultWaiters.push((result) => {
        clearTimeout(timer);
        resolve(result);
      });
    });
  }

  async cancel(
    projectId: string,
    runId: string,
    reason: string,
  ): Promise<"accepted" | "finished" | "not_found" | "unavailable"> {
    const { journal } = this.#options;
    try {
      const live = this.#table.findLive(runId);
      if (live === null) {
        const segments = await journal.readRun(runId, { projectId });
        if (segments.length === 0) return "not_found";
        if (segments[segments.length - 1]?.status !== null) return "finished";
      } else if (live.projectId !== projectId) {
        return "not_found";
      }
      if (this.#table.isLocal(runId)) {
        const loaded = await this.#table.load(runId);
        if (loaded === null) return "finished";
        this.#table.cancel(loaded, reason);
        return "accepted";
      }
      await journal.sendSignal({ shard: shardOfRunId(runId), runId, projectId, kind: "cancel", reason });
      return "accepted";
    } catch (error) {
      this.#options.log.warn({ runId, error: String(error) }, "cancel could not be recorded");
      return "unavailable";
    }
  }

  watchRun(projectId: string, runId: string, after: EventCursor | null, listener: EventListener): Subscription {
    return this.#hub.watchRun(projectId, runId, after, listener);
  }

  watchProject(projectId: string, after: string | null, listener: ProjectListener): Subscription {
    return this.#hub.watchProject(projectId, after, listener);
  }

  watchCatalog(listener: () => void): Subscription {
    this.#catalogListeners.add(listener);
    return { close: () => void this.#catalogListeners.delete(listener) };
  }

  stats(): EngineStats {
    const counters = this.#counters;
    return {
      shardsOwned: this.#table.shardsOwned,
      runsLive: this.#table.liveCount,
      appendQueueRows: this.#table.queuedRows,
      appendQueueBytes: this.#table.queuedBytes,
      callsInFlight: this.#caller.inFlight,
      callsQueued: this.#caller.queued,
      watchers: this.#hub.watchers,
      totals: { ...counters, runsFinished: { ...counters.runsFinished } },
    };
  }

  /**
   * Stops taking deliveries, lets what is in flight come to rest for at most `graceMs`, gives the shards back and closes.
   * What did not come to rest goes on in whichever process owns the shard next.
   */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    this.#table.startDraining();
    const until = this.#clock.monotonicMs() + graceMs;
    while (this.#clock.monotonicMs() < until && (this.#caller.inFlight > 0 || !this.#table.isWriterIdle))
      await delay(SETTLE_LOOK_MS);
    await this.#membership.stop();
    this.#hub.close();
    await this.#caller.close();
  }

  async #readSignals(shards: readonly number[]): Promise<void> {
    const signals = await this.#options.journal.readSignals(shards, this.#lastSignalId);
    for (const signal of signals) {
      const live = await this.#table.load(signal.runId);
      if (live !== null && live.projectId === signal.projectId) this.#table.cancel(live, signal.reason ?? "");
      this.#lastSignalId = signal.id;
    }
  }
}

/** Starts a runtime and waits until it has taken its shards. */
export async function startRuntime(options: RuntimeOptions, readyTimeoutMs = 30_000): Promise<Runtime> {
  const runtime = new Runtime(options);
  runtime.start();
  try {
    await runtime.whenReady(readyTimeoutMs);
  } catch (error) {
    await runtime.drain(0);
    throw error;
  }
  return runtime;
}
