import {
  decodeFacts,
  encodeFacts,
  placeOf,
  homeShardOf,
  Run,
  SEMANTICS,
  shardOfRunId,
  SLICE_UNITS,
  type DeliveryFact,
  type Fact,
  type Micros,
  type Plan,
  type RunEvent,
} from "@meshhook/core";
import {
  JournalUnavailable,
  type AppendOutcome,
  type Catalog,
  type ClaimedShard,
  type Journal,
  type OwnerToken,
  type SegmentRow,
  type ReceivedDelivery,
  type Watermark,
} from "@meshhook/journal";

import { OriginGates } from "./call/origin-gate.ts";
import { CallLine } from "./call-line.ts";
import { ChildPerformer } from "./child/child-performer.ts";
import type { Clock } from "./clock.ts";
import type { Counters } from "./counters.ts";
import { DueQueue } from "./due-queue.ts";
import { Effects } from "./effects.ts";
import { Admission, type RunTurn } from "./admission/admission.ts";
import { applicantOf, type Applicant } from "./admission/applicant.ts";
import { readAdmissionRules, type AdmissionCatalog } from "./admission/rules.ts";
import type { Delivery, DeliveryOutcome } from "./engine.ts";
import type { RuntimeLimits } from "./limits.ts";
import { LiveRun, type Intake, type Settlement } from "./live-run.ts";
import type { Logger } from "./logger.ts";
import { Memory } from "./memory.ts";
import type { PlanCache } from "./plan-cache.ts";
import { Recovery } from "./recovery.ts";
import { Scheduler } from "./schedule/scheduler.ts";
import { RunIds } from "./run-ids.ts";
import type { SecretCalls } from "./secret/secret-calls.ts";
import { Shard } from "./shard.ts";
import { Inbox } from "./signal/inbox.ts";
import type { Turns } from "./turns.ts";
import type { Hub } from "./watch/hub.ts";
import { weightOfDelivery, weightOfFact, type Weight } from "./weigh.ts";
import { Writer } from "./writer.ts";

const RETRY_AFTER_OVERLOADED_MS = 1_000;
const RETRY_AFTER_UNAVAILABLE_MS = 2_000;
/** How often runs that could leave memory are looked for while it is short. */
const RELIEVE_MS = 500;

export interface RunTableSources {
  readonly journal: Journal;
  readonly catalog: AdmissionCatalog & Pick<Catalog, "findActiveVersion" | "listSchedules" | "noteScheduled">;
  readonly plans: PlanCache;
  readonly calls: SecretCalls;
  readonly clock: Clock;
  readonly limits: RuntimeLimits;
  readonly counters: Counters;
  readonly log: Logger;
  readonly turns: Turns;
  /** For run ids; Node's by default. */
  readonly randomBytes?: (size: number) => Buffer;
  /** False once the lease may have expired: then nothing may be done outside. */
  readonly mayAct: () => boolean;
  /** The database's answer puts ownership in doubt. */
  readonly onAuthorityLost: (reason: string) => void;
}

/**
 * The runs of the shards that this process owns: deliveries in, facts to the writer, effects out.
 *
 * One direction only: a fact is folded, its segment is appended, and what the fold asked for starts when the append is durable.
 *
 * The life of a run here: `deliver` creates it and folds its delivery. It is *queued*, then *sent*, and once that is durable its sender is
 * answered. Then it either ends and leaves, or it waits. `Effects` starts what it waits for, which comes back as a fact: folded, queued,
 * sent again. A long fold continues in slices, with rests between them (`Turns`), and the run is queued when it is finished.
 *
 * It leaves memory before its end when it only waits for a distant time (*parked*: a timer is stored with its segment), when memory is full
 * (*spilled*, or *away* until its time), or when its shard goes to another process. `Recovery` brings it back from the journal when it is
 * due, when there is room, or on request. When ownership is lost, everything here is forgotten; the journal has it, and the shard's next
 * owner continues from there.
 */
export class RunTable {
  readonly #sources: RunTableSources;
  readonly #shards = new Map<number, Shard>();
  readonly #ids: RunIds;
  readonly #due: DueQueue;
  readonly #memory: Memory;
  readonly #line: CallLine;
  readonly #gates: OriginGates;
  readonly #children: ChildPerformer;
  readonly #effects: Effects;
  readonly #recovery: Recovery;
  readonly #inbox: Inbox;
  readonly #admission: Admission;
  readonly #scheduler: Scheduler;
  /** Of the whole database. */
  #shardsTotal = 0;
  readonly #counting = new Set<Shard>();
  #rulesRead: Promise<void> = Promise.resolve();
  #hub: Hub | null = null;
  #writer: Writer | null = null;
  #foldingBytes = 0;
  #relievedAtMs = -Infinity;

  constructor(sources: RunTableSources) {
    this.#sources = sources;
    const { clock, counters, journal, limits, log, onAuthorityLost, plans, turns } = sources;
    this.#ids = new RunIds(sources.randomBytes);
    this.#due = new DueQueue(clock);
    this.#memory = new Memory(limits, clock);
    this.#line = new CallLine(limits, this.#memory);
    this.#gates = new OriginGates(sources.clock, this.#due);
    this.#children = new ChildPerformer({
      journal,
      catalog: sources.catalog,
      plans,
      clock,
      limits,
      turns,
      log,
      mayAct: sources.mayAct,
      shardOf: (live) => (live.stage === "gone" ? undefined : this.#shards.get(live.shard)),
      begin: (shard, child, settle) => {
        const isHeld = this.#admission.isPaused(child.workflowId);
        const delivery = isHeld ? { ...child.delivery, held: true as const } : child.delivery;
        const live = this.#newRun(shard, child.runId, child, delivery);
        this.#enter(shard, live, { bodyText: null, settle });
      },
      load: (shard, runId) => this.#recovery.load(shard, runId),
      record: (live, fact, weight) => this.#record(live, fact, weight),
      cancel: (shard, child, reason) => this.#cancel(shard, child, reason),
      rest: (shard, live) => this.#rest(shard, live),
      onAuthorityLost,
    });
    this.#effects = new Effects({
      calls: sources.calls,
      line: this.#line,
      gates: this.#gates,
      children: this.#children,
      due: this.#due,
      clock,
      limits,
      counters,
      mayAct: sources.mayAct,
      record: (live, fact, weight) => this.#record(live, fact, weight),
    });
    this.#admission = new Admission({
      isCounted: (runId) => this.#isCounted(runId),
      begin: (runId) => this.#begin(runId),
      onFailed: (error) => onAuthorityLost(`Reading a run whose turn it is failed: ${String(error)}`),
    });
    this.#scheduler = new Scheduler({
      catalog: sources.catalog,
      plans,
      clock,
      due: this.#due,
      log,
      isHome: (workflowId) => this.#homeOf(workflowId) !== null,
      deliver: (delivery) => this.deliver(delivery),
    });
    this.#recovery = new Recovery({
      clock,
      journal,
      plans,
      memory: this.#memory,
      due: this.#due,
      turns,
      limits,
      log,
      onAdopted: (shard, live) => this.#adopt(shard, live),
      onHeld: (run) => this.#admission.hold(run),
      onGoing: (run) => {
        if (this.#isLimited(run)) this.#admission.count(run);
      },
      onSignals: (shards) => this.#inbox.look(shards),
      onAuthorityLost,
    });
    this.#inbox = new Inbox({
      journal,
      clock,
      log,
      load: (shard, runId) => this.#recovery.load(shard, runId),
      onFact: (live, fact) => this.#record(live, fact),
      onDelivery: (shard, delivery) => {
        this.#receive(shard, delivery).catch((error: unknown) =>
          log.error({ runId: delivery.runId, error: String(error) }, "a delivery in the inbox cannot become a run yet"),
        );
      },
    });
  }

  /** The hub and the table know each other; the table comes first. */
  connect(hub: Hub): void {
    this.#hub = hub;
  }

  get liveCount(): number {
    return this.#memory.runs;
  }
  get liveBytes(): number {
    return this.#memory.bytes;
  }
  get runsAside(): number {
    let aside = 0;
    for (const shard of this.#shards.values()) aside += shard.aside.size;
    return aside;
  }
  get callsWaiting(): number {
    return this.#line.waiting + this.#gates.waiting;
  }
  get queuedRows(): number {
    return this.#writer?.queuedRows ?? 0;
  }
  get queuedBytes(): number {
    return this.#writer?.queuedBytes ?? 0;
  }
  get isWriterIdle(): boolean {
    return this.#foldingBytes === 0 && (this.#writer?.isIdle ?? true);
  }
  get shardsOwned(): number {
    return this.#shards.size;
  }
  get shardsRecovering(): number {
    let recovering = 0;
    for (const shard of this.#shards.values()) if (!shard.isRead || shard.lookUntil !== -Infinity) recovering++;
    return recovering;
  }
  get isAccepting(): boolean {
    return this.#writer !== null && this.#ids.hasShards;
  }
  /** The shards with the fewest runs in memory come last. */
  get shardsByLoad(): readonly number[] {
    return [...this.#shards.values()].sort((one, other) => other.live.size - one.live.size).map(({ shard }) => shard);
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
      return Promise.resolve(OVERLOADED);
    }
    const { concurrency } = delivery.plan;
    const home = this.#admission.homeOf(delivery.projectId, delivery.workflowId, concurrency);
    let { runId, shard: number } = this.#ids.next(clock.now());
    if (home !== null) {
      number = homeShardOf(home, this.#shardsTotal);
      runId = this.#ids.nextIn(number, clock.now());
    }
    const shard = this.#shards.get(number);
    if (shard === undefined) return home === null ? Promise.resolve(UNAVAILABLE) : this.#handOver(delivery, runId);
    const mayGo =
      (home === null && this.#admission.isIdle) ||
      this.#admission.admit({
        runId,
        projectId: delivery.projectId,
        workflowId: delivery.workflowId,
        concurrency,
        isChild: false,
      });
    const fact = factOf(delivery);
    const isPlain = mayGo && delivery.origin === undefined;
    const live = this.#newRun(
      shard,
      runId,
      delivery,
      isPlain ? fact : marked(fact, delivery, mayGo),
      delivery.bodyText,
    );
    // Only long folds are refused when there are many of them; short ones cost hardly anything.
    if (live.isFolding && this.#foldingBytes >= limits.foldingBytesMax) {
      counters.deliveriesShed++;
      this.#release(live);
      return Promise.resolve(OVERLOADED);
    }
    return new Promise((resolve) => {
      this.#enter(shard, live, {
        bodyText: delivery.bodyText,
        ...(delivery.dedupe === undefined ? undefined : { dedupe: delivery.dedupe }),
        settle: (settlement) => resolve(this.#deliveryOutcome(live, settlement)),
      });
    });
  }

  /** A run with its delivery folded, as far as one slice goes. It is nowhere yet. */
  #newRun(shard: Shard, runId: string, of: RunOf, fact: DeliveryFact, bodyText: string | null = null): LiveRun {
    const { projectId, workflowId, versionId } = of;
    const run = new Run(of.plan, runId, SLICED);
    const live = new LiveRun({ shard: shard.shard, projectId, workflowId, versionId }, run, 0);
    if (this.#hub?.isProjectWatched(projectId) === true) live.observe();
    live.record(fact);
    const { heap, text } = weightOfDelivery(fact.body, bodyText, fact.kept);
    live.heapBytes = heap;
    live.textBytes = text;
    live.pendingBytes = text;
    return live;
  }

  /** Puts a new run into memory and queues its first segment. */
  #enter(shard: Shard, live: LiveRun, intake: Intake): void {
    live.intake = intake;
    shard.live.add(live);
    this.#memory.add(live.heapBytes);
    if (live.isFolding) void this.#foldOn(shard, live);
    else this.#writer?.enqueue(live);
  }

  /** Puts a delivery into the inbox of the home shard of its workflow, which another process owns. */
  async #handOver(delivery: Delivery, runId: string): Promise<DeliveryOutcome> {
    const { counters, journal, log } = this.#sources;
    const { bodyText, dedupe, projectId, receivedAt: at, versionId, workflowId } = delivery;
    const facts = encodeFacts([marked(factOf(delivery), delivery, false)], bodyText);
    const row = {
      shard: shardOfRunId(runId),
      runId,
      seq: 0,
      at,
      projectId,
      workflowId,
      versionId,
      status: null,
      facts,
    };
    try {
      const outcome = await journal.sendDelivery(dedupe === undefined ? row : { ...row, dedupe });
      switch (outcome.kind) {
        case "appended":
          counters.deliveriesAccepted++;
          return { kind: "accepted", runId, status: "running", result: null };
        case "duplicate":
          counters.deliveriesDuplicate++;
          return { kind: "duplicate", runId: outcome.runId, sameBody: outcome.sameBody };
        case "rejected":
        default:
          log.error({ runId, reason: outcome.message }, "the database refuses a delivery");
          return UNAVAILABLE;
      }
    } catch (error) {
      if (error instanceof JournalUnavailable && !error.mayHaveCommitted) return UNAVAILABLE;
      return { kind: "unknown", runId, retryAfterMs: RETRY_AFTER_UNAVAILABLE_MS };
    }
  }

  /** Appends a delivery that another process put into the inbox of a home shard. */
  async #receive(shard: Shard, { id, runId, ...more }: ReceivedDelivery): Promise<void> {
    const plan = await this.#sources.plans.get(more.versionId);
    const [fact] = decodeFacts(more.facts);
    if (plan === null || fact?.kind !== "delivery")
      throw new Error(`The delivery of run ${runId} in the inbox cannot be read`);
    if (shard.isGone || this.#writer === null || shard.live.get(runId) !== undefined) return;
    if (shard.away.has(runId)) return shard.settleSignal(id);
    const live = this.#newRun(shard, runId, { ...more, plan }, fact);
    this.#enter(shard, live, {
      bodyText: null,
      factsText: more.facts,
      settle: ({ kind }) => {
        if (kind === "appended" || kind === "conflict") shard.settleSignal(id);
      },
    });
  }

  #deliveryOutcome(live: LiveRun, settlement: Settlement): DeliveryOutcome {
    const { counters } = this.#sources;
    if (settlement.kind !== "appended") this.#release(live);
    switch (settlement.kind) {
      case "appended":
        counters.deliveriesAccepted++;
        // What was folded since, such as a cancel, is not durable yet: as far as anybody may know, the run goes on.
        if (live.pendingFacts.length > 0)
          return { kind: "accepted", runId: live.runId, status: "running", result: null };
        return { kind: "accepted", runId: live.runId, status: live.run.status, result: live.run.result };
      case "duplicate":
        counters.deliveriesDuplicate++;
        return { kind: "duplicate", runId: settlement.runId, sameBody: settlement.sameBody };
      case "unknown":
        return { kind: "unknown", runId: live.runId, retryAfterMs: RETRY_AFTER_UNAVAILABLE_MS };
      default:
        return UNAVAILABLE;
    }
  }

  // Facts ----------------------------------------------------------------------------------------------------------------

  #record(live: LiveRun, fact: Fact, weight: Weight = weightOfFact(fact)): void {
    if (live.stage === "gone" || (live.run.status !== "running" && !live.isFolding)) return;
    live.heapBytes += weight.heap;
    live.textBytes += weight.text;
    live.pendingBytes += weight.text;
    this.#memory.grow(weight.heap);
    const wasFolding = live.isFolding;
    live.record(fact);
    if (!live.isFolding) return this.#writer?.enqueue(live);
    const shard = this.#shards.get(live.shard);
    if (!wasFolding && shard !== undefined) void this.#foldOn(shard, live);
  }

  /** The heavy lane: folds a slice whenever it is the run's turn, and queues the run when the fold is finished. */
  async #foldOn(shard: Shard, live: LiveRun): Promise<void> {
    const { log, turns } = this.#sources;
    const rest = turns.worker(live.projectId);
    const bytes = live.heapBytes;
    this.#foldingBytes += bytes;
    try {
      while (live.isFolding) {
        await rest();
        if (live.stage === "gone") return;
        live.proceed();
      }
      this.#writer?.enqueue(live);
    } catch (error) {
      log.error(
        { runId: live.runId, error: String(error) },
        "this run cannot be folded; it stays unchanged in the journal",
      );
      if (live.stage !== "sent") live.settleIntake(UNSENT);
      this.#remove(shard, live);
    } finally {
      this.#foldingBytes -= bytes;
    }
  }

  // Writing --------------------------------------------------------------------------------------------------------------

  /** Starts to work under a token. Shards come with `addShards`. */
  begin(token: OwnerToken): void {
    const { clock, journal, limits } = this.#sources;
    this.#writer = new Writer(token, {
      clock,
      writers: limits.writers,
      batchRowsMax: limits.batchRowsMax,
      batchBytesMax: limits.batchBytesMax,
      rowOf: (live) => this.#rowOf(live),
      append: (owner, rows) => journal.append(owner, rows),
      onSettled: (batch, rows, outcomes) => this.#onSettled(batch, rows, outcomes),
      onLate: settleIntakes,
      onFailed: (batch, error) => {
        settleIntakes(batch, error);
        this.#sources.onAuthorityLost(`Append failed: ${String(error)}`);
      },
      onBatch: () => this.#ids.rotate(),
    });
  }

  /** Starts no more calls, except those that must be made. */
  startDraining(): void {
    this.#effects.startDraining();
  }

  /**
   * Forgets everything. Deliveries that were not sent are "unavailable"; those in flight to the database get their outcome. Calls in flight
   * are abandoned, and the next owner will repeat them.
   */
  end(): void {
    this.#writer?.stop();
    this.#writer = null;
    this.#ids.setShards([]);
    this.#scheduler.stop();
    for (const number of [...this.#shards.keys()]) this.dropShard(number);
    this.#due.clear();
    this.#hub?.tellGap();
  }

  #rowOf(live: LiveRun): SegmentRow | null {
    if (live.pendingFacts.length === 0 || live.isFolding) return null;
    const facts = textOf(live);
    live.pendingBytes = 0;
    const until = live.parkUntil(this.#memory.horizon());
    const parkedUntil = until !== null && this.#findsTimers(live.shard, until) ? until : null;
    return live.send(facts, parkedUntil, live.mustBeNoted ? this.#timersFrom(live.shard) : 0);
  }

  /** Timers of a shard that are due before this may count as read, so that they would bring nothing back after a takeover. */
  #timersFrom(number: number): Micros {
    const shard = this.#shards.get(number);
    return shard === undefined ? 0 : Math.max(shard.timersUntil, shard.lookUntil);
  }

  /**
   * Whether the shard's next owner would find a timer that is stored now. Where timers were read up to a later time (under another clock, or
   * when there was more memory), a watermark may say so, and a run with a timer is found by nothing else: such a run does not park.
   */
  #findsTimers(shard: number, dueAt: Micros): boolean {
    return dueAt >= (this.#shards.get(shard)?.timersUntil ?? -Infinity);
  }

  #onSettled(batch: readonly LiveRun[], rows: readonly SegmentRow[], outcomes: readonly AppendOutcome[]): void {
    this.#sources.counters.batches++;
    for (let at = 0; at < batch.length; at++) {
      const live = batch[at];
      const row = rows[at];
      const outcome = outcomes[at];
      if (live === undefined || row === undefined || outcome === undefined)
        throw new Error("The append returned another number of outcomes than it got rows");
      if (outcome.kind === "appended") this.#onAppended(live, row);
      else this.#onRefused(live, row, outcome);
    }
    this.#hub?.flush();
    if (this.#memory.isPressed) this.#relieve();
    else void this.#recovery.refill(this.#spilledShards());
  }

  #onAppended(live: LiveRun, row: SegmentRow): void {
    const { counters } = this.#sources;
    const shard = live.stage === "gone" ? undefined : this.#shards.get(live.shard);
    const facts = live.sentFacts;
    const { sentParkedUntil: parkedUntil, sentTimerDueAt: timerDueAt } = live;
    const effects = live.settleSent();
    counters.segmentsAppended++;
    this.#hub?.announce(live.projectId, live.runId, row.seq, facts, committedEvents(live, row.seq));
    const isNew = live.intake !== null;
    live.settleIntake(APPENDED);
    if (shard === undefined) return;
    shard.isDirty = true;
    if (live.openSignals !== null && live.pendingFacts.length === 0) settleSignals(shard, live);
    if (row.status !== null) return this.#onEnded(shard, live);
    if (live.run.isHeld && live.pendingFacts.length === 0) return this.#hold(shard, live);
    if (live.pendingFacts.length === 0) {
      if (parkedUntil !== null && timerDueAt !== null) return this.#park(shard, live, parkedUntil, timerDueAt);
      if (isNew && this.#memory.isFull) return this.#spill(shard, live);
    }
    if (timerDueAt !== null) {
      live.timerDueAt = timerDueAt;
      // It was to leave memory, but something came in the meantime: until its next segment, only that timer brings it back.
      live.mustBeNoted = parkedUntil !== null;
    }
    this.#effects.perform(live, effects);
    if (live.pendingFacts.length > 0) this.#writer?.enqueue(live);
  }

  #onRefused(live: LiveRun, row: SegmentRow, outcome: Exclude<AppendOutcome, { kind: "appended" }>): void {
    const { counters, log } = this.#sources;
    const shard = live.stage === "gone" ? undefined : this.#shards.get(live.shard);
    live.settleIntake(outcome);
    if (shard === undefined) return;
    switch (outcome.kind) {
      case "duplicate":
        return this.#remove(shard, live);
      case "fenced":
        counters.fenced++;
        log.warn({ shard: live.shard }, "another process owns this shard now; dropping the shard");
        return this.dropShard(live.shard);
      case "conflict":
        log.warn({ runId: live.runId, seq: row.seq }, "another process continued this run; reading it again");
        this.#remove(shard, live);
        if (live.openSignals !== null) {
          shard.rewindSignals();
          void this.#inbox.look([shard]);
        }
        return void this.#recovery.reload(shard, live.runId, live.timerDueAt);
      case "rejected":
        log.error(
          { runId: live.runId, seq: row.seq, reason: outcome.message },
          "the database refuses a segment of this run, so the run cannot continue",
        );
        return this.#remove(shard, live);
    }
  }

  #onEnded(shard: Shard, live: LiveRun): void {
    const status = live.run.status;
    if (status !== "running") this.#sources.counters.runsFinished[status]++;
    if (live.openSignals !== null) settleSignals(shard, live);
    if (live.waits.size > 0) this.#effects.giveUpAll(live);
    this.#release(live);
    this.#remove(shard, live);
    live.resolveResult(live.run.result);
    const { origin } = live.run;
    if (origin?.kind === "child") this.#children.childEnded(shard, live, origin);
  }

  /** Has a run stopped that another one no longer waits for. */
  #cancel(shard: Shard, { runId, projectId }: { runId: string; projectId: string }, reason: string): void {
    const { clock, journal, log } = this.#sources;
    const live = shard.live.get(runId);
    if (live !== undefined) return this.#record(live, { kind: "cancel", at: live.timeOf(clock.now()), reason });
    journal.sendSignal({ shard: shard.shard, runId, projectId, kind: "cancel", reason }).then(
      () => this.readSignalsOfShard(shard.shard),
      (error: unknown) =>
        log.warn({ runId, error: String(error) }, "cannot cancel a child yet; it is canceled when it is loaded again"),
    );
  }

  // Turns ----------------------------------------------------------------------------------------------------------------

  /** Reads which workflows are paused and which projects have a limit. Calls that come while one is under way follow it. */
  readAdmissionRules(): Promise<void> {
    const { catalog } = this.#sources;
    const read = async (): Promise<void> => this.#admission.setRules(await readAdmissionRules(catalog));
    this.#rulesRead = this.#rulesRead.then(read, read);
    return this.#rulesRead;
  }

  /** Reads the schedules of the workflows whose home shard is here. */
  readSchedules(): Promise<void> {
    return this.#scheduler.refresh();
  }

  /** How many shards the database has. */
  noteShards(total: number): void {
    this.#shardsTotal = total;
  }

  /** Why a run has not begun; null when it has, or when another process knows. */
  turnOf(projectId: string, workflowId: string, runId: string): RunTurn | null {
    return this.#admission.turnOf(projectId, workflowId, runId);
  }

  /** A run that was counted has ended, or was not stored. */
  #release({ projectId, workflowId, runId }: LiveRun): void {
    if (!this.#admission.isIdle) this.#admission.release(projectId, workflowId, runId);
  }

  /** Whether a run that goes on counts for a limit. That of a project is kept in the home shard of the project. */
  #isLimited({ projectId, runId, concurrency, isChild }: Applicant): boolean {
    if (isChild) return false;
    if (concurrency !== null) return true;
    const isHome = homeShardOf(projectId, this.#shardsTotal) === shardOfRunId(runId);
    return isHome && this.#admission.hasLimit(projectId);
  }

  /** A run that waits for its turn is durable. */
  #hold(shard: Shard, live: LiveRun): void {
    this.#remove(shard, live);
    live.resolveResult(null);
    shard.away.set(live.runId, live.timerDueAt);
    this.#restParent(shard, live);
    this.#admission.hold(applicantOf(live.run, live));
  }

  async #begin(runId: string): Promise<boolean> {
    const shard = this.#shards.get(shardOfRunId(runId));
    if (shard === undefined) return false;
    const live = await this.#memory.withRoom(() => this.#recovery.load(shard, runId));
    if (live === null || live === "aside") return false;
    if (live.run.isHeld) this.#record(live, { kind: "begin", at: live.timeOf(this.#sources.clock.now()) });
    return true;
  }

  /** Limits are kept in one shard, that of the runs, once everything that its last owner left has been counted. */
  #isCounted(runId: string): boolean {
    const shard = this.#shards.get(shardOfRunId(runId));
    if (shard === undefined || !shard.isRead) return false;
    if (!shard.isCounted && !this.#counting.has(shard)) {
      this.#counting.add(shard);
      this.#count(shard).catch((error: unknown) => {
        if (!shard.isGone) this.#sources.onAuthorityLost(`Counting parked runs failed: ${String(error)}`);
      });
    }
    return shard.isCounted;
  }

  /** The home shard of a workflow, if this process owns it and has read what its last owner left. */
  #homeOf(workflowId: string): Shard | null {
    const shard = this.#shards.get(homeShardOf(workflowId, this.#shardsTotal));
    return shard === undefined || !shard.isRead ? null : shard;
  }

  async #count(shard: Shard): Promise<void> {
    await this.#recovery.visitParked(shard, (run) => {
      if (this.#isLimited(run)) this.#admission.count(run);
    });
    this.#counting.delete(shard);
    shard.isCounted = true;
    if (!shard.isGone) this.#admission.serve();
  }

  // Memory ---------------------------------------------------------------------------------------------------------------

  /** A run was loaded from the journal: starts (again) what it waits for. */
  #adopt(shard: Shard, live: LiveRun): void {
    const { clock } = this.#sources;
    if (this.#hub?.isProjectWatched(live.projectId) === true) live.observe();
    shard.live.add(live);
    this.#memory.add(live.heapBytes);
    // Read before anything new is recorded, because what follows from the facts below has to wait until they are durable.
    const unanswered = live.run.unansweredIntents();
    this.#effects.perform(live, live.run.pendingEffects());
    for (const call of unanswered) {
      const message = "the process that made this at-most-once call ended before its answer was recorded";
      const at = live.timeOf(clock.now());
      const { attempt } = call;
      this.#record(live, {
        kind: "failure",
        at,
        ...placeOf(call),
        attempt,
        durationUs: 0,
        code: "outcome_unknown",
        message,
      });
    }
    const { origin } = live.run;
    if (origin?.kind !== "child") return;
    this.#children.check(shard, live, origin).catch((error: unknown) => {
      if (!shard.isGone) this.#sources.onAuthorityLost(`Reading run ${origin.runId} failed: ${String(error)}`);
    });
  }

  #remove(shard: Shard, live: LiveRun): void {
    if (!shard.remove(live)) return;
    live.stage = "gone";
    live.stopWaits();
    this.#memory.remove(live.heapBytes);
  }

  /** The run waits for a later time; its timer row is durable. */
  #park(shard: Shard, live: LiveRun, until: number, timerDueAt: number): void {
    this.#remove(shard, live);
    live.resolveResult(null);
    this.#recovery.park(shard, live.runId, until, timerDueAt);
    this.#restParent(shard, live);
  }

  /** Memory is full; the run is durable and will be loaded when there is room. */
  #spill(shard: Shard, live: LiveRun): void {
    this.#remove(shard, live);
    live.resolveResult(null);
    shard.noteSpilled(live.runId);
    this.#restParent(shard, live);
  }

  /** A child has left memory: its parent leaves as well, unless it waits for something that is in memory. */
  #restParent(shard: Shard, { run }: LiveRun): void {
    if (run.origin?.kind !== "child") return;
    const parent = shard.live.get(run.origin.runId);
    if (parent !== undefined) this.#rest(shard, parent);
  }

  #rest(shard: Shard, live: LiveRun): void {
    for (const { effect } of live.waits.values())
      if (effect.kind === "child" && shard.live.get(effect.runId) !== undefined) return;
    if (shard.live.get(live.runId) === live) this.#leave(shard, live, this.#memory.horizon());
  }

  /** Takes a run out of memory if it waits only for times after the horizon and for children. What it waits for is durable. */
  #leave(shard: Shard, live: LiveRun, horizon: number): void {
    const wakeAt = live.leaveUntil(horizon);
    if (wakeAt === null) return;
    this.#remove(shard, live);
    live.resolveResult(null);
    this.#recovery.leaveUntil(shard, live.runId, wakeAt, live.timerDueAt);
    this.#restParent(shard, live);
  }

  #spilledShards(): readonly Shard[] {
    let spilled: Shard[] | null = null;
    for (const shard of this.#shards.values()) if (shard.spilledFrom !== null) (spilled ??= []).push(shard);
    if (spilled === null) return NO_SHARDS;
    return spilled.sort((one, other) => ((one.spilledFrom ?? "") < (other.spilledFrom ?? "") ? -1 : 1));
  }

  /** Memory is short, so runs that only wait for a time leave it. What they wait for is durable. */
  #relieve(): void {
    const now = this.#sources.clock.monotonicMs();
    if (now - this.#relievedAtMs < RELIEVE_MS) return;
    this.#relievedAtMs = now;
    const horizon = this.#memory.horizon();
    for (const shard of this.#shards.values()) {
      for (const live of shard.live.values()) if (live.stage !== "gone") this.#leave(shard, live, horizon);
    }
  }

  // Ownership ------------------------------------------------------------------------------------------------------------

  /**
   * Takes over claimed shards. New runs start on them at once, while what their last owner left is loaded. Until that is done, the
   * watermarks do not move.
   */
  async addShards(claimed: readonly ClaimedShard[]): Promise<void> {
    const shards = claimed.map((one) => new Shard(one));
    for (const shard of shards) {
      this.#ids.raise(shard.lowMs);
      this.#shards.set(shard.shard, shard);
    }
    this.#refreshIds();
    await this.#recovery.recover(shards);
    this.#admission.serve();
    await this.#scheduler.refresh();
  }

  /** Starts no new runs on these shards; existing runs continue. */
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

  /** True when none of its runs is in the middle of a call that would count as lost. */
  canShardLeave(number: number): boolean {
    const live = this.#shards.get(number)?.live.values() ?? [];
    return live.every(({ run }) => run.unansweredIntents().length === 0);
  }

  dropShard(number: number): void {
    const shard = this.#shards.get(number);
    if (shard === undefined) return;
    this.#shards.delete(number);
    shard.isGone = true;
    this.#admission.forgetShard(number);
    this.#refreshIds();
    for (const live of shard.live.values()) {
      const isSent = live.stage === "sent";
      this.#remove(shard, live);
      // A row in flight has an outcome, and its sender gets that one.
      if (!isSent) live.settleIntake(UNSENT);
      live.resolveResult(null);
    }
  }

  /** Signals were added somewhere: reads the inboxes of all shards. */
  readSignals(): void {
    void this.#inbox.look(this.#shards.values());
  }

  /** Reads the inbox of a run's shard, if this process owns it. */
  readSignalsOf(runId: string): void {
    this.readSignalsOfShard(shardOfRunId(runId));
  }

  /** Reads the inbox of a shard, if this process owns it. */
  readSignalsOfShard(number: number): void {
    const shard = this.#shards.get(number);
    if (shard !== undefined) void this.#inbox.look([shard]);
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

  /** Regular checks: runs that were released, and room for runs that were spilled. */
  async tend(): Promise<void> {
    if (this.#memory.isPressed) this.#relieve();
    else void this.#recovery.refill(this.#spilledShards());
    await this.#recovery.checkAside(this.#shards.values());
  }

  #refreshIds(): void {
    const usable: number[] = [];
    for (const shard of this.#shards.values()) if (!shard.isLeaving) usable.push(shard.shard);
    this.#ids.setShards(usable);
  }
}

/** What a run belongs to. */
interface RunOf {
  readonly projectId: string;
  readonly workflowId: string;
  readonly versionId: string;
  readonly plan: Plan;
}

const SLICED = { sliceUnits: SLICE_UNITS };
const NO_SHARDS: readonly Shard[] = [];
const APPENDED: Settlement = { kind: "appended" };
const UNSENT: Settlement = { kind: "unsent" };
const UNKNOWN: Settlement = { kind: "unknown" };
const OVERLOADED: DeliveryOutcome = { kind: "overloaded", retryAfterMs: RETRY_AFTER_OVERLOADED_MS };
const UNAVAILABLE: DeliveryOutcome = { kind: "unavailable", retryAfterMs: RETRY_AFTER_UNAVAILABLE_MS };

function factOf({ body, headers, query, receivedAt: at }: Delivery): DeliveryFact {
  return { kind: "delivery", at, semantics: SEMANTICS, headers, query, body };
}

/** What is to be written of a run. A delivery that was written before keeps its text. */
function textOf({ intake, pendingFacts }: LiveRun): string {
  if (intake?.factsText === undefined) return encodeFacts(pendingFacts, intake?.bodyText ?? null);
  if (pendingFacts.length === 1) return intake.factsText;
  return `${intake.factsText.slice(0, -1)},${encodeFacts(pendingFacts.slice(1)).slice(1)}`;
}

/** A delivery that no webhook brought, or whose run is held. */
function marked(fact: DeliveryFact, { continues, origin, start }: Delivery, mayGo: boolean): DeliveryFact {
  return {
    ...fact,
    ...(origin === undefined ? undefined : { origin }),
    ...(continues === undefined ? undefined : { semantics: continues.semantics, kept: continues.kept }),
    ...(start === undefined ? undefined : { start }),
    ...(mayGo ? undefined : { held: true }),
  };
}

/** Tells the senders of a batch its outcome when nothing else of their runs is left here. */
function settleIntakes(batch: readonly LiveRun[], outcomes: readonly AppendOutcome[] | Error | null): void {
  batch.forEach((live, at) => {
    if (outcomes === null) live.settleIntake(UNKNOWN);
    else if (!(outcomes instanceof Error)) live.settleIntake(outcomes[at] ?? UNKNOWN);
    else if (outcomes instanceof JournalUnavailable && !outcomes.mayHaveCommitted) live.settleIntake(UNSENT);
    else live.settleIntake(UNKNOWN);
  });
}

function settleSignals(shard: Shard, live: LiveRun): void {
  for (const id of live.openSignals ?? []) shard.settleSignal(id);
  live.openSignals = null;
}

/** Events of the fold up to a committed segment; later ones stay with the run until their segment is committed. */
function committedEvents(live: LiveRun, seq: number): readonly RunEvent[] {
  if (!live.isObserved) return [];
  const events = live.heldEvents.concat(live.run.takeEvents());
  const end = events.findIndex((event) => event.seq > seq);
  live.heldEvents = end === -1 ? [] : events.slice(end);
  return end === -1 ? events : events.slice(0, end);
}
