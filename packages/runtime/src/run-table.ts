import {
  encodeFacts,
  foldRun,
  Run,
  shardOfRunId,
  type CallEffect,
  type Effect,
  type Fact,
  type Micros,
  type RunEvent,
  SEMANTICS,
} from "@meshhook/core";
import type {
  AppendOutcome,
  ClaimedShard,
  Journal,
  OwnerToken,
  SegmentRow,
  StoredRun,
  Watermark,
} from "@meshhook/journal";

import type { CallOutcome, HttpCaller } from "./call/http-caller.ts";
import type { Clock } from "./clock.ts";
import type { Counters } from "./counters.ts";
import { DueQueue } from "./due-queue.ts";
import type { Delivery, DeliveryOutcome } from "./engine.ts";
import type { RuntimeLimits } from "./limits.ts";
import { LiveRun } from "./live-run.ts";
import type { Logger } from "./logger.ts";
import type { PlanCache } from "./plan-cache.ts";
import { RunIds } from "./run-ids.ts";
import { Shard } from "./shard.ts";
import type { Hub } from "./watch/hub.ts";
import { Writer } from "./writer.ts";

const RETRY_AFTER_OVERLOADED_MS = 1_000;
const RETRY_AFTER_UNAVAILABLE_MS = 2_000;
/** Runs read at a time in recovery. */
const READ_RUNS = 200;
/** With this share of the memory limit in use, runs that wait for a time leave memory early. */
const PRESSURE_SHARE = 0.8;
const PRESSURE_HORIZON_MS = 5_000;
/** "Any time later", within what a timestamp column holds. */
const FAR_FUTURE: Micros = 32_503_680_000_000_000;

export interface RunTableSources {
  readonly journal: Journal;
  readonly plans: PlanCache;
  readonly caller: HttpCaller;
  readonly clock: Clock;
  readonly limits: RuntimeLimits;
  readonly counters: Counters;
  readonly log: Logger;
  /** False once the lease may have run out: then nothing may be done outside. */
  readonly mayAct: () => boolean;
  /** The database's answer puts ownership in doubt. */
  readonly onAuthorityLost: (reason: string) => void;
}

/**
 * The runs of the shards that this process owns: deliveries in, facts to the writer, effects out.
 *
 * One direction only: a fact is folded, its segment is appended, and what the fold asked for starts when the append is durable.
 * When ownership is lost everything here is forgotten; the journal has it, and whoever owns the shard next goes on from there.
 */
export class RunTable {
  readonly #sources: RunTableSources;
  readonly #shards = new Map<number, Shard>();
  readonly #ids = new RunIds();
  readonly #due: DueQueue;
  #hub: Hub | null = null;
  #writer: Writer | null = null;
  #liveCount = 0;
  #isRefilling = false;
  #isDraining = false;

  constructor(sources: RunTableSources) {
    this.#sources = sources;
    this.#due = new DueQueue(sources.clock);
  }

  /** The hub and the table know each other; the table comes first. */
  connect(hub: Hub): void {
    this.#hub = hub;
  }

  get liveCount(): number {
    return this.#liveCount;
  }
  get queuedRows(): number {
    return this.#writer?.queuedRows ?? 0;
  }
  get queuedBytes(): number {
    return this.#writer?.queuedBytes ?? 0;
  }
  get isWriterIdle(): boolean {
    return this.#writer?.isIdle ?? true;
  }
  get shardsOwned(): number {
    return this.#shards.size;
  }
  get isAccepting(): boolean {
    return this.#writer !== null && this.#ids.hasShards;
  }
  get ownedShards(): readonly number[] {
    return [...this.#shards.keys()];
  }

  isLocal(runId: string): boolean {
    return this.#shards.has(shardOfRunId(runId));
  }

  findLive(runId: string): LiveRun | null {
    return this.#shards.get(shardOfRunId(runId))?.live.get(runId) ?? null;
  }

  /** From now on the project's runs collect their events. */
  observeProject(projectId: string): void {
    for (const shard of this.#shards.values()) {
      for (const live of shard.live.values()) if (live.projectId === projectId) live.observe();
    }
  }

  // Deliveries -----------------------------------------------------------------------------------------------------------

  deliver(delivery: Delivery): Promise<DeliveryOutcome> {
    const { clock, counters, limits } = this.#sources;
    const writer = this.#writer;
    if (writer === null || !this.#ids.hasShards) return Promise.resolve(UNAVAILABLE);
    if (writer.queuedRows >= limits.appendQueueRowsMax || writer.queuedBytes >= limits.appendQueueBytesMax) {
      counters.deliveriesShed++;
      return Promise.resolve({ kind: "overloaded", retryAfterMs: RETRY_AFTER_OVERLOADED_MS });
    }
    const { runId, shard: number } = this.#ids.next(clock.now());
    const shard = this.#shards.get(number);
    if (shard === undefined) return Promise.resolve(UNAVAILABLE);
    const run = new Run(delivery.plan, runId);
    const live = new LiveRun(
      { shard: number, projectId: delivery.projectId, workflowId: delivery.workflowId, versionId: delivery.versionId },
      run,
      0,
    );
    if (this.#hub?.isProjectWatched(delivery.projectId) === true) live.observe();
    live.record({
      kind: "delivery",
      at: delivery.receivedAt,
      semantics: SEMANTICS,
      headers: delivery.headers,
      query: delivery.query,
      body: delivery.body,
    });
    return new Promise((resolve) => {
      live.intake = {
        bodyText: delivery.bodyText,
        bytes: delivery.bodyText?.length ?? 0,
        ...(delivery.dedupe === undefined ? undefined : { dedupe: delivery.dedupe }),
        settle: (outcome) => resolve(this.#deliveryOutcome(live, outcome)),
      };
      this.#add(shard, live);
      writer.enqueue(live);
    });
  }

  #deliveryOutcome(live: LiveRun, outcome: AppendOutcome | null): DeliveryOutcome {
    const { counters } = this.#sources;
    if (outcome?.kind === "appended") {
      counters.deliveriesAccepted++;
      return { kind: "accepted", runId: live.runId, status: live.run.status, result: live.run.result };
    }
    if (outcome?.kind === "duplicate") {
      counters.deliveriesDuplicate++;
      return { kind: "duplicate", runId: outcome.runId, sameBody: outcome.sameBody };
    }
    return UNAVAILABLE;
  }

  /** Records a cancel for a run in memory. */
  cancel(live: LiveRun, reason: string): void {
    if (live.run.status !== "running") return;
    live.record({ kind: "cancel", at: live.timeOf(this.#sources.clock.now()), reason });
    this.#writer?.enqueue(live);
  }

  // Writing --------------------------------------------------------------------------------------------------------------

  /** Starts to work under a token. Shards come with `addShard`. */
  begin(token: OwnerToken): void {
    const { journal, limits } = this.#sources;
    this.#writer = new Writer(token, {
      writers: limits.writers,
      batchRowsMax: limits.batchRowsMax,
      batchBytesMax: limits.batchBytesMax,
      rowOf: (live) => this.#rowOf(live),
      append: (owner, rows) => journal.append(owner, rows),
      onSettled: (batch, rows, outcomes) => this.#onSettled(batch, rows, outcomes),
      onFailed: (error) => this.#sources.onAuthorityLost(`append failed: ${String(error)}`),
      onBatch: () => this.#ids.rotate(),
    });
  }

  /**
   * From now on no call is started that could as well be started by the next owner. A call whose intent is durable still goes out:
   * for the next owner its outcome would be unknown.
   */
  startDraining(): void {
    this.#isDraining = true;
  }

  /** Forgets everything. Senders that wait get "unavailable"; calls in flight are abandoned and will be repeated by the next owner. */
  end(): void {
    this.#writer?.stop();
    this.#writer = null;
    this.#ids.setShards([]);
    for (const number of [...this.#shards.keys()]) this.dropShard(number);
    this.#due.clear();
    this.#hub?.tellGap();
  }

  #rowOf(live: LiveRun): SegmentRow | null {
    if (live.pendingFacts.length === 0 || !this.#shards.has(live.shard)) return null;
    const facts = encodeFacts(live.pendingFacts, live.intake?.bodyText ?? null);
    return live.send(facts, live.parkUntil(this.#horizon()));
  }

  #onSettled(batch: readonly LiveRun[], rows: readonly SegmentRow[], outcomes: readonly AppendOutcome[]): void {
    this.#sources.counters.batches++;
    for (let at = 0; at < batch.length; at++) {
      const live = batch[at];
      const row = rows[at];
      const outcome = outcomes[at];
      if (live === undefined || row === undefined || outcome === undefined)
        throw new Error("append answered with another number of outcomes");
      if (outcome.kind === "appended") this.#onAppended(live, row);
      else this.#onRefused(live, row, outcome);
    }
    this.#hub?.flush();
    if (this.#liveCount < this.#sources.limits.runsLiveMax * PRESSURE_SHARE) void this.#refill();
  }

  #onAppended(live: LiveRun, row: SegmentRow): void {
    const { counters, limits } = this.#sources;
    const shard = this.#shards.get(live.shard);
    const facts = live.sentFacts;
    const effects = live.settleSent();
    counters.segmentsAppended++;
    this.#hub?.announce(live.projectId, live.runId, row.seq, facts, committedEvents(live, row.seq));
    const intake = live.intake;
    live.intake = null;
    intake?.settle(APPENDED);
    if (shard === undefined) return;
    shard.isDirty = true;
    if (row.status !== null) return this.#onEnded(shard, live);
    if (live.pendingFacts.length === 0) {
      if (row.parkedUntil !== undefined) return this.#park(shard, live, row.parkedUntil);
      if (intake !== null && this.#liveCount > limits.runsLiveMax) return this.#spill(shard, live);
    } else if (row.parkedUntil !== undefined) {
      live.timerDueAt = row.parkedUntil;
    }
    this.#perform(live, effects);
    if (live.pendingFacts.length > 0) this.#writer?.enqueue(live);
  }

  #onRefused(live: LiveRun, row: SegmentRow, outcome: Exclude<AppendOutcome, { kind: "appended" }>): void {
    const { counters, log } = this.#sources;
    const shard = this.#shards.get(live.shard);
    live.intake?.settle(outcome);
    live.intake = null;
    if (shard === undefined) return;
    switch (outcome.kind) {
      case "duplicate":
        return this.#remove(shard, live);
      case "fenced":
        counters.fenced++;
        log.warn({ shard: live.shard }, "another process owns this shard now; dropping it");
        return this.dropShard(live.shard);
      case "conflict":
        log.warn({ runId: live.runId, seq: row.seq }, "another process continued this run; reading it again");
        this.#remove(shard, live);
        return void this.#resume(shard, live.runId, live.timerDueAt);
      case "rejected":
        log.error(
          { runId: live.runId, seq: row.seq, reason: outcome.message },
          "the database refuses a segment of this run; the run cannot go on",
        );
        return this.#remove(shard, live);
    }
  }

  #onEnded(shard: Shard, live: LiveRun): void {
    const status = live.run.status;
    if (status !== "running") this.#sources.counters.runsFinished[status]++;
    this.#remove(shard, live);
    live.resolveResult(live.run.result);
  }

  // Effects --------------------------------------------------------------------------------------------------------------

  #perform(live: LiveRun, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === "timer" || effect.dueAt > this.#sources.clock.now()) this.#wait(live, effect);
      else this.#call(live, effect);
    }
  }

  #wait(live: LiveRun, effect: Effect): void {
    const stop = this.#due.add(effect.dueAt, () => {
      live.waits.delete(effect.node);
      if (effect.kind === "call") return this.#call(live, effect);
      this.#record(live, {
        kind: "timer",
        at: Math.max(effect.dueAt, live.timeOf(this.#sources.clock.now())),
        node: effect.node,
      });
    });
    live.waits.set(effect.node, { dueAt: effect.dueAt, stop });
  }

  #call(live: LiveRun, effect: CallEffect): void {
    const { caller, clock, counters, mayAct } = this.#sources;
    if (live.run.status !== "running" || !mayAct()) return;
    if (this.#isDraining && !live.run.unansweredIntents().some(({ node }) => node === effect.node)) return;
    if (effect.atMostOnce) {
      // The intent is appended first; the call itself waits behind it like any other effect.
      live.record({ kind: "intent", at: live.timeOf(clock.now()), node: effect.node, attempt: effect.attempt });
      live.pendingEffects.push({ ...effect, atMostOnce: false });
      this.#writer?.enqueue(live);
      return;
    }
    counters.calls++;
    const stop = caller.call(effect.request(), effect.timeoutMs, (outcome) => {
      if (live.waits.get(effect.node) !== wait) return;
      live.waits.delete(effect.node);
      if (outcome.kind === "failure") counters.callFailures++;
      this.#record(live, factOf(effect, outcome, live.timeOf(clock.now())));
    });
    const wait = { dueAt: null, stop };
    live.waits.set(effect.node, wait);
  }

  #record(live: LiveRun, fact: Fact): void {
    if (live.run.status !== "running") return;
    live.record(fact);
    this.#writer?.enqueue(live);
  }

  // Memory ---------------------------------------------------------------------------------------------------------------

  #add(shard: Shard, live: LiveRun): void {
    shard.live.add(live);
    this.#liveCount++;
  }

  #remove(shard: Shard, live: LiveRun): void {
    if (!shard.remove(live)) return;
    live.stopWaits();
    this.#liveCount--;
  }

  #horizon(): Micros {
    const { clock, limits } = this.#sources;
    const isPressed = this.#liveCount > limits.runsLiveMax * PRESSURE_SHARE;
    return clock.now() + (isPressed ? PRESSURE_HORIZON_MS : limits.memoryHorizonMs) * 1_000;
  }

  /** The run waits for a later time; its timer row is durable. */
  #park(shard: Shard, live: LiveRun, until: Micros): void {
    this.#remove(shard, live);
    live.resolveResult(null);
    if (until < shard.timersUntil) {
      shard.parkedSoon.set(live.runId, until);
      this.#due.add(until, () => void this.#resume(shard, live.runId, until));
    } else {
      this.#lookAtTimersBefore(shard, until);
    }
  }

  /** Memory is full; the run is durable and will be read when there is room. */
  #spill(shard: Shard, live: LiveRun): void {
    this.#remove(shard, live);
    live.resolveResult(null);
    shard.noteSpilled(live.runId);
  }

  async #refill(): Promise<void> {
    if (this.#isRefilling) return;
    this.#isRefilling = true;
    try {
      for (const shard of this.#shards.values()) {
        if (shard.spilledFrom === null || this.#liveCount >= this.#sources.limits.runsLiveMax * PRESSURE_SHARE)
          continue;
        const from = shard.spilledFrom;
        await shard.during(() => this.#readUnfinished(shard, from));
      }
    } catch (error) {
      this.#sources.onAuthorityLost(`reading spilled runs failed: ${String(error)}`);
    } finally {
      this.#isRefilling = false;
    }
  }

  // Ownership and recovery -------------------------------------------------------------------------------------------------

  /** Takes a claimed shard over: reads its unfinished runs and due timers, then lets new runs start on it. */
  async addShard(claimed: ClaimedShard): Promise<void> {
    const shard = new Shard(claimed);
    this.#ids.raise(shard.lowMs);
    this.#shards.set(claimed.shard, shard);
    await shard.during(async () => {
      await this.#readUnfinished(shard, claimed.watermark.lowRunId);
      await this.#readTimers(shard);
    });
    shard.isReady = true;
    this.#refreshIds();
  }

  /** No new runs on these shards; what runs goes on. */
  leaveShards(numbers: readonly number[]): void {
    for (const number of numbers) {
      const shard = this.#shards.get(number);
      if (shard !== undefined) shard.isLeaving = true;
    }
    this.#refreshIds();
  }

  isShardIdle(number: number): boolean {
    return (this.#shards.get(number)?.live.size ?? 0) === 0;
  }

  dropShard(number: number): void {
    const shard = this.#shards.get(number);
    if (shard === undefined) return;
    this.#shards.delete(number);
    this.#refreshIds();
    for (const live of shard.live.values()) {
      this.#remove(shard, live);
      live.intake?.settle(null);
      live.intake = null;
      live.resolveResult(null);
    }
  }

  takeWatermarks(): Watermark[] {
    const floorMs = this.#ids.floorMs(this.#sources.clock.now());
    const watermarks: Watermark[] = [];
    for (const shard of this.#shards.values()) {
      const watermark = shard.takeWatermark(floorMs);
      if (watermark !== null) watermarks.push(watermark);
    }
    return watermarks;
  }

  /** The run in memory, read from the journal if it is not there. Null when it is over, unknown, or not this process's. */
  async load(runId: string): Promise<LiveRun | null> {
    const shard = this.#shards.get(shardOfRunId(runId));
    if (shard === undefined) return null;
    return shard.live.get(runId) ?? (await this.#resume(shard, runId, null));
  }

  #refreshIds(): void {
    const usable: number[] = [];
    for (const shard of this.#shards.values()) if (shard.isReady && !shard.isLeaving) usable.push(shard.shard);
    this.#ids.setShards(usable);
  }

  async #readUnfinished(shard: Shard, fromRunId: string): Promise<void> {
    const spills = shard.spills;
    let afterRunId: string | undefined;
    for (;;) {
      const runs = await this.#sources.journal.loadUnfinished({
        shard: shard.shard,
        fromRunId,
        ...(afterRunId === undefined ? undefined : { afterRunId }),
        limit: READ_RUNS,
      });
      for (const run of runs) await this.#adopt(shard, run, null);
      const last = runs[runs.length - 1];
      if (last === undefined || runs.length < READ_RUNS) {
        if (shard.spills === spills) shard.spilledFrom = null;
        return;
      }
      afterRunId = last.runId;
      if (this.#liveCount >= this.#sources.limits.runsLiveMax) {
        shard.spilledFrom = last.runId;
        return;
      }
    }
  }

  /** Brings runs into memory whose timers fall due within the horizon, and plans the next look. */
  async #readTimers(shard: Shard): Promise<void> {
    let limit = READ_RUNS;
    for (;;) {
      const until = this.#horizon();
      const from = shard.timersUntil;
      const timers = await this.#sources.journal.loadTimers({ shard: shard.shard, from, until: FAR_FUTURE, limit });
      for (const { dueAt, run } of timers) {
        if (dueAt >= until) {
          shard.timersUntil = Math.max(from, until);
          return this.#lookAtTimersBefore(shard, dueAt);
        }
        await this.#adopt(shard, run, dueAt);
      }
      const last = timers[timers.length - 1];
      if (last === undefined || timers.length < limit) {
        shard.timersUntil = Math.max(from, until);
        return;
      }
      // A full page of timers with one due time makes no progress by itself.
      if (last.dueAt === from) limit *= 2;
      shard.timersUntil = last.dueAt;
    }
  }

  /** Plans a look at the shard's timers in time for one that is due at `dueAt`. */
  #lookAtTimersBefore(shard: Shard, dueAt: Micros): void {
    if (!shard.planLook(dueAt)) return;
    this.#due.add(dueAt - (this.#sources.limits.memoryHorizonMs * 1_000) / 2, () => {
      if (this.#shards.get(shard.shard) !== shard) return;
      shard.clearLook(dueAt);
      shard
        .during(() => this.#readTimers(shard))
        .catch((error: unknown) => this.#sources.onAuthorityLost(`reading timers failed: ${String(error)}`));
    });
  }

  async #resume(shard: Shard, runId: string, timerDueAt: Micros | null): Promise<LiveRun | null> {
    try {
      return await shard.during(async () => {
        const segments = await this.#sources.journal.readRun(runId);
        if (this.#shards.get(shard.shard) !== shard) return null;
        const live = segments.length === 0 ? null : await this.#adopt(shard, { runId, segments }, timerDueAt);
        shard.parkedSoon.delete(runId);
        return live;
      });
    } catch (error) {
      this.#sources.onAuthorityLost(`reading run ${runId} failed: ${String(error)}`);
      return null;
    }
  }

  /** Folds a stored run and repeats what it waits for. Null when it is over. */
  async #adopt(shard: Shard, stored: StoredRun, timerDueAt: Micros | null): Promise<LiveRun | null> {
    const { clock, log, plans } = this.#sources;
    const first = stored.segments[0];
    const last = stored.segments[stored.segments.length - 1];
    if (first === undefined || last === undefined) return null;
    const plan = await plans.get(first.versionId);
    if (plan === null)
      throw new Error(`run ${stored.runId} refers to version ${first.versionId}, which does not exist`);
    const known = shard.live.get(stored.runId);
    if (known !== undefined) return known;
    if (this.#shards.get(shard.shard) !== shard || shard.leftDuringRead(stored.runId)) return null;
    let run: Run;
    try {
      run = foldRun(plan, stored.segments, { runId: stored.runId });
    } catch (error) {
      log.error(
        { runId: stored.runId, error: String(error) },
        "the history of this run cannot be folded; it stays as it is",
      );
      return null;
    }
    if (run.status !== "running") return null;
    const live = new LiveRun(
      { shard: shard.shard, projectId: first.projectId, workflowId: first.workflowId, versionId: first.versionId },
      run,
      last.seq + 1,
    );
    live.timerDueAt = timerDueAt;
    if (this.#hub?.isProjectWatched(live.projectId) === true) live.observe();
    this.#add(shard, live);
    // Read before anything new is recorded: what follows from the facts below has to wait until they are durable.
    const unanswered = run.unansweredIntents();
    this.#perform(live, run.pendingEffects());
    for (const { node, attempt } of unanswered) {
      const message = "the process that made this at-most-once call ended before its answer was recorded";
      live.record({
        kind: "failure",
        at: live.timeOf(clock.now()),
        node,
        attempt,
        durationUs: 0,
        code: "outcome_unknown",
        message,
      });
      this.#writer?.enqueue(live);
    }
    return live;
  }
}

const APPENDED: AppendOutcome = { kind: "appended" };
const UNAVAILABLE: DeliveryOutcome = { kind: "unavailable", retryAfterMs: RETRY_AFTER_UNAVAILABLE_MS };

/** Events of the fold up to a committed segment; later ones stay with the run until their segment is committed. */
function committedEvents(live: LiveRun, seq: number): readonly RunEvent[] {
  if (!live.isObserved) return [];
  const events = live.heldEvents.concat(live.run.takeEvents());
  const end = events.findIndex((event) => event.seq > seq);
  live.heldEvents = end === -1 ? [] : events.slice(end);
  return end === -1 ? events : events.slice(0, end);
}

function factOf(effect: CallEffect, outcome: CallOutcome, at: Micros): Fact {
  const { node, attempt } = effect;
  if (outcome.kind === "failure") {
    return {
      kind: "failure",
      at,
      node,
      attempt,
      durationUs: outcome.durationUs,
      code: outcome.code,
      message: outcome.message,
    };
  }
  const { status, headers, body, durationUs } = outcome;
  return {
    kind: "response",
    at,
    node,
    attempt,
    durationUs,
    status,
    headers,
    body,
    ...(outcome.bodyError === undefined ? undefined : { bodyError: outcome.bodyError }),
  };
}
