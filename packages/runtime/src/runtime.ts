import { shardOfRunId, type CallRequest, type RunResult } from "@meshhook/core";
import type { Catalog, Journal, Statistics, Vault } from "@meshhook/journal";
import { failpoint } from "@meshhook/journal/failpoint";

import type { RunTurn } from "./admission/admission.ts";
import { callWaitsOf, type CallWait } from "./call/call-wait.ts";
import type { CallOutcome } from "./call/call-outcome.ts";
import type { Caller } from "./call/caller.ts";
import { EgressPolicy } from "./call/egress.ts";
import { HttpCaller } from "./call/http-caller.ts";
import { sleep, systemClock, type Clock } from "./clock.ts";
import { newCounters } from "./counters.ts";
import type {
  Delivery,
  DeliveryOutcome,
  Engine,
  EngineStats,
  EventCursor,
  EventListener,
  ProjectListener,
  RunSetAside,
  RunSignal,
  SignalOutcome,
  Subscription,
} from "./engine.ts";
import { DEFAULT_LIMITS, type RuntimeLimits } from "./limits.ts";
import type { Logger } from "./logger.ts";
import { Membership } from "./membership.ts";
import type { PlanCache } from "./plan-cache.ts";
import { ATTEMPTS_MAX } from "./recovery/adoption.ts";
import { AnswerRedactions } from "./redaction/answer-redactions.ts";
import { Results } from "./results.ts";
import { RunTable } from "./run-table.ts";
import { SecretCalls } from "./secret/secret-calls.ts";
import type { LinkSource } from "./secret/link-source.ts";
import type { SecretBox } from "./secret/secret-box.ts";
import type { SecretSource } from "./secret/secret-source.ts";
import { SecretUses } from "./secret/secret-uses.ts";
import { VaultSecrets } from "./secret/vault-secrets.ts";
import { RunTraces, type SpanSink } from "./trace/run-traces.ts";
import { Collector } from "./statistics/collector.ts";
import { Turns } from "./turns.ts";
import { Hub } from "./watch/hub.ts";

export interface RuntimeOptions {
  readonly journal: Journal;
  readonly catalog: Catalog;
  readonly plans: PlanCache;
  /** Shown in the owners table: host and process, for people. */
  readonly name: string;
  /** Private targets that `http_call` may reach; see `EgressPolicy`. */
  readonly egressAllow: readonly string[];
  /** Where secrets are looked up first, and their use is noted. Absent: in `secrets` only. */
  readonly vault?: { readonly store: Vault; readonly box: SecretBox };
  /** Secrets that are not in the vault. Absent: calls that need one fail. */
  readonly secrets?: SecretSource;
  /** Absent: calls that need a link to a signal fail. */
  readonly links?: LinkSource;
  /** Where it is stored how many runs ended, and how long they took. Absent: nothing is counted. */
  readonly statistics?: Statistics;
  /** Where traces go. Absent: there are none, and calls get the trace of the webhook's sender. */
  readonly spans?: SpanSink;
  readonly log: Logger;
  readonly limits?: Partial<RuntimeLimits>;
  readonly clock?: Clock;
  /** Makes the calls. By default they go out over HTTP. */
  readonly caller?: Caller;
  /** For run ids. Node's by default. */
  readonly randomBytes?: (size: number) => Buffer;
  /** Sent with every outgoing call. */
  readonly userAgent?: string;
}

const SETTLE_LOOK_MS = 5;
const READY_LOOK_MS = 5;

/** The engine over a journal: owns shards, runs deliveries, streams committed events. */
export class Runtime implements Engine {
  readonly #options: RuntimeOptions;
  readonly #clock: Clock;
  readonly #limits: RuntimeLimits;
  readonly #counters = newCounters();
  readonly #turns: Turns;
  readonly #results: Results;
  readonly #caller: Caller;
  readonly #vault: VaultSecrets | null;
  readonly #secretUses: SecretUses | null;
  readonly #calls: SecretCalls;
  readonly #collector: Collector | null;
  readonly #table: RunTable;
  readonly #hub: Hub;
  readonly #membership: Membership;
  readonly #catalogListeners = new Set<() => void>();
  #isDraining = false;

  constructor(options: RuntimeOptions) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { journal, plans, log } = options;
    this.#options = options;
    this.#limits = limits;
    this.#clock = options.clock ?? systemClock();
    this.#turns = new Turns(this.#clock);
    this.#caller =
      options.caller ??
      new HttpCaller({
        clock: this.#clock,
        egress: new EgressPolicy(options.egressAllow),
        connectionsPerOrigin: limits.connectionsPerOrigin,
        userAgent: options.userAgent ?? "MeshHook",
      });
    this.#hub = new Hub(
      { clock: this.#clock, journal, log, plans, turns: this.#turns, isLocal: (runId) => this.#table.isLocal(runId) },
      { eventsMax: limits.feedEventsMax, bytesMax: limits.feedBytesMax },
      (projectId) => this.#table.observeProject(projectId),
    );
    const { vault } = options;
    this.#vault = vault === undefined ? null : new VaultSecrets(vault.store, vault.box);
    this.#secretUses =
      vault === undefined ? null : new SecretUses((uses) => vault.store.noteUses(uses), this.#clock, log);
    const answers = new AnswerRedactions(options.catalog, vault?.box ?? null, log);
    this.#calls = new SecretCalls({
      caller: this.#caller,
      catalog: options.catalog,
      clock: this.#clock,
      vault: this.#vault,
      source: options.secrets ?? null,
      uses: this.#secretUses,
      links: options.links ?? null,
      answers,
    });
    const { statistics } = options;
    this.#collector =
      statistics === undefined
        ? null
        : new Collector({ statistics, clock: this.#clock, counters: this.#counters, log });
    this.#table = new RunTable({
      collector: this.#collector,
      traces: options.spans === undefined ? null : new RunTraces(options.spans),
      journal,
      answers,
      catalog: options.catalog,
      plans,
      calls: this.#calls,
      clock: this.#clock,
      limits,
      counters: this.#counters,
      log,
      turns: this.#turns,
      hub: this.#hub,
      ...(options.randomBytes === undefined ? undefined : { randomBytes: options.randomBytes }),
      mayAct: () => this.#membership.mayAct(),
      onAuthorityLost: (reason) => this.#membership.lose(reason),
    });
    this.#results = new Results({
      clock: this.#clock,
      journal,
      plans,
      turns: this.#turns,
      findLive: (runId) => this.#table.findLive(runId),
    });
    this.#membership = new Membership({
      journal,
      table: this.#table,
      hub: this.#hub,
      clock: this.#clock,
      limits,
      counters: this.#counters,
      log,
      name: options.name,
      onCatalogChanged: () => {
        this.#vault?.forget();
        this.#table
          .readAdmissionRules()
          .then(() => this.#table.readSchedules())
          .catch((error: unknown) =>
            this.#membership.lose(`Reading what is paused or limited, and the schedules, failed: ${String(error)}`),
          );
        for (const listener of this.#catalogListeners) listener();
      },
    });
  }

  get isReady(): boolean {
    return !this.#isDraining && this.#membership.isReady;
  }

  /** Joins and takes shards in the background; `isReady` becomes true when deliveries are accepted. */
  start(): void {
    this.#membership.start();
  }

  /** Resolves when ready; rejects after `timeoutMs`. */
  async whenReady(timeoutMs: number): Promise<void> {
    const until = this.#clock.monotonicMs() + timeoutMs;
    while (!this.isReady) {
      if (this.#clock.monotonicMs() > until)
        throw new Error(
          `No shards were taken over within ${timeoutMs} ms. Does another process own them, or is the database unavailable?`,
        );
      await sleep(this.#clock, READY_LOOK_MS);
    }
  }

  deliver(delivery: Delivery): Promise<DeliveryOutcome> {
    if (this.#isDraining) return Promise.resolve({ kind: "unavailable", retryAfterMs: 1_000 });
    return this.#table.deliver(delivery);
  }

  waitForResult(runId: string, timeoutMs: number): Promise<RunResult | null> {
    return this.#results.wait(runId, timeoutMs);
  }

  async cancel(
    projectId: string,
    runId: string,
    reason: string,
  ): Promise<"accepted" | "finished" | "not_found" | "unavailable"> {
    const outcome = await this.#send(projectId, runId, { kind: "cancel", reason });
    return outcome === "finished" || outcome === "not_found" || outcome === "unavailable" ? outcome : "accepted";
  }

  async signal(projectId: string, runId: string, signal: RunSignal): Promise<SignalOutcome> {
    const outcome = await this.#send(projectId, runId, { kind: "signal", ...signal });
    return outcome === "sent" ? "accepted" : outcome;
  }

  async #send(
    projectId: string,
    runId: string,
    signal: { readonly kind: "cancel"; readonly reason: string } | (RunSignal & { readonly kind: "signal" }),
  ): Promise<"sent" | Exclude<SignalOutcome, "accepted">> {
    const { journal } = this.#options;
    try {
      const live = this.#table.findLive(runId);
      if (live === null) {
        const segments = await journal.readRun(runId, { projectId });
        if (segments.length === 0) return "not_found";
        if (segments[segments.length - 1]?.status !== null) {
          // A sender whose answer was lost asks again: what it sent was stored, whatever became of the run since.
          const key = signal.kind === "signal" ? signal.key : undefined;
          return key !== undefined && (await journal.hasSignal({ projectId, runId, key })) ? "repeated" : "finished";
        }
      } else if (live.projectId !== projectId) {
        return "not_found";
      }
      // Goes to the inbox of the run's shard, whichever process owns it. `sent` means that it is durable.
      const outcome = await journal.sendSignal({ shard: shardOfRunId(runId), runId, projectId, ...signal });
      failpoint("signal.sent");
      if (outcome === "sent") this.#table.readSignalsOf(runId);
      return outcome;
    } catch (error) {
      this.#options.log.warn({ runId, signal: signal.kind, error: String(error) }, "cannot record a signal");
      return "unavailable";
    }
  }

  forgetSecrets(): void {
    this.#vault?.forget();
  }

  readAdmissionRules(): Promise<void> {
    return this.#table.readAdmissionRules();
  }

  turnOf(projectId: string, workflowId: string, runId: string): RunTurn | null {
    return this.#table.turnOf(projectId, workflowId, runId);
  }

  callWaitsOf(runId: string): ReadonlyMap<string, CallWait> {
    const live = this.#table.findLive(runId);
    return live === null ? new Map() : callWaitsOf(live);
  }

  async listSetAside(projectId: string): Promise<readonly RunSetAside[]> {
    const suspects = await this.#options.journal.listSuspects(projectId, ATTEMPTS_MAX);
    return suspects.map(({ runId, attempts, at }) => ({ runId, attempts, at }));
  }

  async release(projectId: string, runId: string): Promise<"released" | "not_set_aside" | "not_found"> {
    const { journal, log } = this.#options;
    const shard = shardOfRunId(runId);
    const suspects = await journal.listSuspects(projectId, ATTEMPTS_MAX);
    if (!suspects.some((suspect) => suspect.runId === runId))
      return (await journal.readRun(runId, { projectId })).length === 0 ? "not_found" : "not_set_aside";
    // The shard's owner looks for released runs every few seconds.
    await journal.clearSuspects(shard, [runId]);
    log.info({ runId }, "A run that was set aside is released by request");
    return "released";
  }

  isHomeOf(id: string): boolean {
    return this.#table.isHomeOf(id);
  }

  async send(projectId: string, request: CallRequest, timeoutMs: number): Promise<void> {
    const outcome = await new Promise<CallOutcome>((resolve) =>
      this.#calls.call({ projectId, runId: null }, request, timeoutMs, resolve),
    );
    if (outcome.kind === "failure") throw new Error(outcome.message);
    if (outcome.status >= 300) throw new Error(`It answered ${outcome.status}`);
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
    const { durations, ...counters } = this.#counters;
    const limits = this.#limits;
    return {
      shardsOwned: this.#table.shardsOwned,
      ownersAlive: this.#membership.ownersAlive,
      shardsRecovering: this.#table.shardsRecovering,
      runsLive: this.#table.liveCount,
      runsLiveBytes: this.#table.liveBytes,
      runsSetAside: this.#table.runsAside,
      appendQueueRows: this.#table.queuedRows,
      appendQueueBytes: this.#table.queuedBytes,
      appendQueueAgeMs: this.#table.queueAgeMs,
      callsInFlight: this.#caller.inFlight,
      callsQueued: this.#caller.queued + this.#table.callsWaiting,
      callQueueAgeMs: this.#table.callQueueAgeMs,
      breakersOpen: this.#table.breakersOpen,
      timersLateMs: this.#table.timersLateMs,
      watchers: this.#hub.watchers,
      limits: {
        appendQueueRows: limits.appendQueueRowsMax,
        runsLive: limits.runsLiveMax,
        runsLiveBytes: limits.liveBytesMax,
        calls: limits.callsMax,
      },
      durations,
      totals: { ...counters, runsFinished: { ...counters.runsFinished } },
    };
  }

  /**
   * Stops accepting deliveries, gives work in flight at most `graceMs` to come to rest, gives the shards back and closes. Unfinished work
   * continues in the process that owns the shard next.
   */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    failpoint("drain.started");
    this.#table.startDraining();
    this.#membership.claimNoMore();
    const until = this.#clock.monotonicMs() + graceMs;
    while (this.#clock.monotonicMs() < until && (this.#caller.inFlight > 0 || !this.#table.isWriterIdle))
      await sleep(this.#clock, SETTLE_LOOK_MS);
    await this.#secretUses?.flush();
    await this.#membership.stop();
    await this.#collector?.close();
    this.#hub.close();
    await this.#caller.close();
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
