import type { Micros } from "@meshhook/core";
import type { Catalog, ClaimedShard, Journal, OwnerToken, Watermark } from "@meshhook/journal";

import type { Admission, RunTurn } from "./admission/admission.ts";
import type { AdmissionCatalog } from "./admission/rules.ts";
import { OriginGates } from "./call/origin-gate.ts";
import { CallLine } from "./call-line.ts";
import { ChildPerformer } from "./child/child-performer.ts";
import type { Clock } from "./clock.ts";
import type { Counters } from "./counters.ts";
import { DueQueue } from "./due-queue.ts";
import { Effects } from "./effects.ts";
import type { Delivery, DeliveryOutcome } from "./engine.ts";
import type { RuntimeLimits } from "./limits.ts";
import type { LiveRun } from "./live-run.ts";
import type { Logger } from "./logger.ts";
import { Memory } from "./memory.ts";
import type { PlanCache } from "./plan-cache.ts";
import type { AnswerRedactions } from "./redaction/answer-redactions.ts";
import { Recovery } from "./recovery/recovery.ts";
import { Scheduler } from "./schedule/scheduler.ts";
import type { SecretCalls } from "./secret/secret-calls.ts";
import { Inbox } from "./signal/inbox.ts";
import type { Collector } from "./statistics/collector.ts";
import { Arrivals } from "./table/arrivals.ts";
import { cancelChild } from "./table/cancel-child.ts";
import { Commits } from "./table/commits.ts";
import { Deliveries } from "./table/deliveries.ts";
import { Departures } from "./table/departures.ts";
import { OwnedShards } from "./table/owned-shards.ts";
import { Recorder } from "./table/recorder.ts";
import { UNSENT } from "./table/settlements.ts";
import { WorkflowTurns } from "./table/workflow-turns.ts";
import type { RunTraces } from "./trace/run-traces.ts";
import type { Turns } from "./turns.ts";
import type { Hub } from "./watch/hub.ts";

export interface RunTableSources {
  readonly journal: Journal;
  readonly catalog: AdmissionCatalog & Pick<Catalog, "findActiveVersion" | "listSchedules" | "noteScheduled">;
  readonly plans: PlanCache;
  readonly calls: SecretCalls;
  readonly answers: AnswerRedactions;
  readonly clock: Clock;
  readonly limits: RuntimeLimits;
  readonly counters: Counters;
  readonly log: Logger;
  readonly turns: Turns;
  readonly hub: Hub;
  readonly collector: Collector | null;
  readonly traces: RunTraces | null;
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
 * The life of a run here: `Deliveries` creates it and folds its delivery. It is *queued*, then *sent*, and once that is durable its sender
 * is answered (`Commits`). Then it either ends and leaves, or it waits. `Effects` starts what it waits for, which comes back as a fact:
 * folded (`Recorder`), queued, sent again. A long fold continues in slices, with rests between them (`Turns`), and the run is queued when it
 * is finished.
 *
 * It leaves memory before its end (`Departures`) when it only waits for a distant time (*parked*: a timer is stored with its segment), when
 * memory is full (*spilled*, or *away* until its time), when it has to wait for its turn, or when its shard goes to another process.
 * `Recovery` brings it back from the journal when it is due, when there is room, or on request, and `Arrivals` takes it in. When ownership is
 * lost, everything here is forgotten; the journal has it, and the shard's next owner continues from there.
 */
export class RunTable {
  readonly #clock: Clock;
  readonly #hub: Hub;
  readonly #shards: OwnedShards;
  readonly #due: DueQueue;
  readonly #memory: Memory;
  readonly #line: CallLine;
  readonly #gates: OriginGates;
  readonly #recorder: Recorder;
  readonly #recovery: Recovery;
  readonly #turns: WorkflowTurns;
  readonly #admission: Admission;
  readonly #departures: Departures;
  readonly #children: ChildPerformer;
  readonly #effects: Effects;
  readonly #arrivals: Arrivals;
  readonly #inbox: Inbox;
  readonly #commits: Commits;
  readonly #deliveries: Deliveries;
  readonly #scheduler: Scheduler;
  readonly #answers: AnswerRedactions;

  constructor(sources: RunTableSources) {
    const { clock, hub, limits } = sources;
    this.#clock = clock;
    this.#hub = hub;
    this.#answers = sources.answers;
    this.#shards = new OwnedShards(sources.randomBytes);
    this.#due = new DueQueue(clock);
    this.#memory = new Memory(limits, clock);
    this.#line = new CallLine(limits, this.#memory);
    this.#gates = new OriginGates(clock, this.#due);
    const parts = { ...sources, shards: this.#shards, due: this.#due, memory: this.#memory };
    // What comes back to a part that is made later comes through a function.
    this.#recorder = new Recorder({ ...parts, enqueue: (live) => this.#commits.enqueue(live) });
    const record: Recorder["record"] = (live, fact, weight) => this.#recorder.record(live, fact, weight);
    const load: Recovery["load"] = (shard, runId) => this.#recovery.load(shard, runId);
    this.#recovery = new Recovery({
      ...parts,
      onAdopted: (shard, live) => {
        this.#arrivals.adopt(shard, live);
        if (live.run.isHeld) this.#departures.holdAgain(shard, live);
      },
      onHeld: (run) => this.#admission.hold(run),
      onGoing: (run) => this.#turns.countGoing(run),
      onSignals: (shards) => this.#inbox.look(shards),
    });
    this.#turns = new WorkflowTurns({ ...parts, recorder: this.#recorder, recovery: this.#recovery });
    this.#admission = this.#turns.admission;
    this.#departures = new Departures({ ...parts, admission: this.#admission, recovery: this.#recovery });
    this.#children = new ChildPerformer({
      ...parts,
      shardOf: (live) => this.#shards.of(live),
      begin: (shard, child, settle) => this.#deliveries.beginChild(shard, child, settle),
      load,
      record,
      cancel: (shard, child, reason) =>
        cancelChild({ ...parts, record, onSent: (number) => this.readSignalsOfShard(number) }, shard, child, reason),
      rest: (shard, live) => this.#departures.rest(shard, live),
    });
    this.#effects = new Effects({ ...parts, line: this.#line, gates: this.#gates, children: this.#children, record });
    const working = { ...parts, recorder: this.#recorder, effects: this.#effects, children: this.#children };
    this.#arrivals = new Arrivals(working);
    this.#inbox = new Inbox({
      ...parts,
      load,
      onRead: () => this.#admission.serve(),
      onFact: record,
      onDelivery: (shard, delivery) => this.#deliveries.receive(shard, delivery),
    });
    this.#commits = new Commits({
      ...working,
      admission: this.#admission,
      recovery: this.#recovery,
      departures: this.#departures,
      inbox: this.#inbox,
      onFenced: (shard) => this.dropShard(shard),
    });
    this.#deliveries = new Deliveries({ ...working, load, admission: this.#admission, commits: this.#commits });
    this.#scheduler = new Scheduler({
      ...parts,
      isHome: (workflowId) => this.#shards.homeOf(workflowId) !== null,
      deliver: (delivery) => this.deliver(delivery),
    });
  }

  get liveCount(): number {
    return this.#memory.runs;
  }
  get liveBytes(): number {
    return this.#memory.bytes;
  }
  get runsAside(): number {
    return this.#shards.runsAside;
  }
  get callsWaiting(): number {
    return this.#line.waiting + this.#gates.waiting;
  }
  get queuedRows(): number {
    return this.#commits.queuedRows;
  }
  get queuedBytes(): number {
    return this.#commits.queuedBytes;
  }
  get queueAgeMs(): number {
    return this.#msSince(this.#commits.oldestAt);
  }
  get callQueueAgeMs(): number {
    return this.#msSince(this.#line.oldestDueAt);
  }
  get breakersOpen(): number {
    return this.#gates.open;
  }
  get timersLateMs(): number {
    return this.#msSince(this.#due.nextAt);
  }
  get isWriterIdle(): boolean {
    return this.#recorder.foldingBytes === 0 && this.#commits.isIdle;
  }
  get shardsOwned(): number {
    return this.#shards.size;
  }
  get shardsRecovering(): number {
    return this.#shards.recovering;
  }
  get isAccepting(): boolean {
    return this.#commits.isOpen && this.#shards.ids.hasShards;
  }
  /** The shards with the fewest runs in memory come last. */
  get shardsByLoad(): readonly number[] {
    return this.#shards.byLoad;
  }

  #msSince(at: Micros | null): number {
    return at === null ? 0 : Math.max(0, Math.round((this.#clock.now() - at) / 1_000));
  }

  isLocal(runId: string): boolean {
    return this.#shards.ofRunId(runId) !== undefined;
  }

  isHomeOf(id: string): boolean {
    return this.#shards.isHomeOf(id);
  }

  findLive(runId: string): LiveRun | null {
    return this.#shards.ofRunId(runId)?.live.get(runId) ?? null;
  }

  /** From now on the project's runs collect their events. */
  observeProject(projectId: string): void {
    for (const shard of this.#shards.values()) {
      for (const live of shard.live.values()) if (live.projectId === projectId) live.observe();
    }
  }

  /** See `Engine.deliver`. */
  deliver(delivery: Delivery): Promise<DeliveryOutcome> {
    return this.#deliveries.deliver(delivery);
  }

  // Turns ----------------------------------------------------------------------------------------------------------------

  /**
   * Reads which workflows are paused, which projects have a limit, and what of answers is not stored. Calls that come while one is under way
   * follow it.
   */
  async readAdmissionRules(): Promise<void> {
    await Promise.all([this.#turns.readRules(), this.#answers.read()]);
  }

  /** Reads the schedules of the workflows whose home shard is here. */
  readSchedules(): Promise<void> {
    return this.#scheduler.refresh();
  }

  /** Why a run has not begun; null when it has, or when another process knows. */
  turnOf(projectId: string, workflowId: string, runId: string): RunTurn | null {
    return this.#admission.turnOf(projectId, workflowId, runId);
  }

  // Signals --------------------------------------------------------------------------------------------------------------

  /** Signals were added somewhere: reads the inboxes of all shards. */
  readSignals(): void {
    void this.#inbox.look(this.#shards.values());
  }

  /** Reads the inbox of a run's shard, if this process owns it. */
  readSignalsOf(runId: string): void {
    const shard = this.#shards.ofRunId(runId);
    if (shard !== undefined) void this.#inbox.look([shard]);
  }

  /** Reads the inbox of a shard, if this process owns it. */
  readSignalsOfShard(number: number): void {
    const shard = this.#shards.get(number);
    if (shard !== undefined) void this.#inbox.look([shard]);
  }

  // Ownership ------------------------------------------------------------------------------------------------------------

  /** Starts to work under a token. Shards come with `addShards`. */
  begin(token: OwnerToken): void {
    this.#commits.begin(token);
  }

  /** How many shards the database has. */
  noteShards(total: number): void {
    this.#shards.noteTotal(total);
  }

  /**
   * Takes over claimed shards. New runs start on them at once, while what their last owner left is loaded. Until that is done, the
   * watermarks do not move.
   */
  async addShards(claimed: readonly ClaimedShard[]): Promise<void> {
    await this.#recovery.recover(this.#shards.add(claimed));
    this.#admission.serve();
    await this.#scheduler.refresh();
  }

  /** Starts no new runs on these shards; existing runs continue. */
  leaveShards(numbers: readonly number[]): void {
    this.#shards.leave(numbers);
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
    this.#shards.delete(shard);
    this.#admission.forgetShard(number);
    for (const live of shard.live.values()) {
      const isSent = live.stage === "sent";
      this.#memory.remove(shard, live);
      // A row in flight has an outcome, and its sender gets that one.
      if (!isSent) live.settleIntake(UNSENT);
      live.resolveResult(null);
    }
  }

  takeWatermarks(): Watermark[] {
    return this.#shards.takeWatermarks(this.#clock.now());
  }

  /** Regular checks: runs that were released, and room for runs that were spilled. */
  async tend(): Promise<void> {
    this.#departures.balance();
    await this.#recovery.checkAside(this.#shards.values());
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
    this.#commits.end();
    this.#shards.ids.setShards([]);
    this.#scheduler.stop();
    for (const number of this.#shards.numbers()) this.dropShard(number);
    this.#due.clear();
    this.#gates.forget();
    this.#hub.tellGap();
  }
}
