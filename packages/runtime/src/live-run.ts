import type { Effect, Fact, Micros, Run, RunEvent, RunResult } from "@meshhook/core";
import type { RunLine } from "./call-line.ts";
import type { AppendOutcome, DedupeKey, SegmentRow } from "@meshhook/journal";
import { quietUntil, type Wait } from "./wait.ts";

/** What the first segment of a new run needs besides its facts. */
export interface Intake {
  readonly bodyText: string | null;
  /** The delivery as it was written by another process (`encodeFacts`). */
  readonly factsText?: string;
  readonly dedupe?: DedupeKey;
  /** Called once. */
  settle(outcome: Settlement): void;
}

/** The outcome of a delivery: that of its append, `unsent` (it never left this process), or `unknown`. */
export type Settlement = AppendOutcome | { readonly kind: "unsent" | "unknown" };

/**
 * The state of a run in memory towards the writer:
 * - `resting`: nothing is waiting to be written (or its fold is not finished, see `isFolding`).
 * - `queued`: it has facts waiting for a writer.
 * - `sent`: a segment of it is in flight; facts that arrive in the meantime collect for the next one.
 * - `gone`: it left memory. Anything that still points to it (a batch in flight, a call, a timer) must ignore it.
 */
export type Stage = "resting" | "queued" | "sent" | "gone";

const NO_EVENTS: readonly RunEvent[] = Object.freeze([]);

/**
 * One run in memory, with its facts by stage: *arrived* (waiting until an earlier fact is folded), *pending* (folded, waiting for a
 * writer), *sent* (in a batch in flight), durable (forgotten here, because the journal has them).
 *
 * At most one segment of a run is in flight, so that segments commit in order. Effects derived from a fact wait here until its segment is
 * durable.
 */
export class LiveRun {
  readonly run: Run;
  readonly shard: number;
  readonly projectId: string;
  readonly workflowId: string;
  readonly versionId: string;
  stage: Stage = "resting";
  /** The fold of the last fact is not finished: `proceed` until it is. Nothing of the run is written in the meantime. */
  isFolding = false;
  /** The next segment to be sent. */
  seq: number;
  intake: Intake | null = null;
  arrivedFacts: Fact[] | null = null;
  pendingFacts: Fact[] = [];
  pendingEffects: Effect[] = [];
  sentFacts: readonly Fact[] = [];
  sentEffects: readonly Effect[] = [];
  /** Signals whose facts are not durable yet. */
  openSignals: string[] | null = null;
  /** Events of segments that are not durable yet (only while the run is observed). */
  heldEvents: readonly RunEvent[] = [];
  isObserved = false;
  /** Estimated bytes in memory, as they were counted. */
  heapBytes = 0;
  /** Bytes of all its facts. */
  textBytes = 0;
  /** Bytes of the facts that wait for a writer, and how many of them the writer counted when it was queued. */
  pendingBytes = 0;
  queuedBytes = 0;
  /** Belongs to `CallLine`. */
  callLine: RunLine | null = null;
  /** Belongs to `LiveRuns`. */
  nextInBucket: LiveRun | null = null;
  /** By `waitKey`: what was started and has not come back. */
  readonly waits = new Map<string, Wait>();
  /** It was read from the journal: an earlier owner may have started what it waits for. */
  wasLoaded = false;
  resultWaiters: ((result: RunResult | null) => void)[] | null = null;
  /** Set when the run came (back) into memory through its timer: then that timer, not its id, holds back the watermark. */
  timerDueAt: Micros | null = null;
  /**
   * The journal may have a later timer for it, so that its id does not bring it back (`loadUnfinished`). Its next segment notes a timer that
   * does.
   */
  mustBeNoted = false;
  /** The due time of the timer in the row in flight: until its commit is answered, it may be stored or not. */
  sentTimerDueAt: Micros | null = null;
  /** The run leaves memory until then, if the segment in flight is its last. */
  sentParkedUntil: Micros | null = null;

  constructor(
    owner: {
      readonly shard: number;
      readonly projectId: string;
      readonly workflowId: string;
      readonly versionId: string;
    },
    run: Run,
    seq: number,
  ) {
    this.run = run;
    this.seq = seq;
    this.shard = owner.shard;
    this.projectId = owner.projectId;
    this.workflowId = owner.workflowId;
    this.versionId = owner.versionId;
  }

  /** Collects the run's events from the next fact on. */
  observe(): void {
    this.isObserved = true;
    this.run.observe();
  }

  get runId(): string {
    return this.run.runId;
  }

  /** Folds a fact now, or as soon as earlier ones are folded; it becomes durable with the run's next segment. */
  record(fact: Fact): void {
    if (this.isFolding) (this.arrivedFacts ??= []).push(fact);
    else this.#apply(fact);
  }

  /** Folds another slice. */
  proceed(): void {
    this.#take(this.run.proceed());
    while (!this.isFolding) {
      const next = this.arrivedFacts?.shift();
      if (next === undefined) return;
      this.#apply(next);
    }
  }

  #apply(fact: Fact): void {
    const effects = this.run.apply(fact, this.stage === "sent" ? this.seq + 1 : this.seq);
    this.pendingFacts.push(fact);
    this.#take(effects);
  }

  #take(effects: readonly Effect[]): void {
    if (effects.length > 0) this.pendingEffects.push(...effects);
    this.isFolding = this.run.isPaused;
  }

  /** A time for the next fact, never before the last one. */
  timeOf(now: Micros): Micros {
    return Math.max(now, this.run.lastAt, this.arrivedFacts?.at(-1)?.at ?? 0);
  }

  /**
   * When the run, with its pending facts, waits only for times later than `horizon`: the earliest of them. Otherwise null.
   */
  parkUntil(horizon: Micros): Micros | null {
    if (this.run.status !== "running" || this.isFolding) return null;
    let earliest = Infinity;
    for (const wait of this.waits.values()) {
      if (!this.#counts(wait.effect)) continue;
      if (wait.dueAt === null) return null;
      earliest = Math.min(earliest, wait.dueAt);
    }
    for (const effect of this.pendingEffects)
      if (this.#counts(effect)) earliest = Math.min(earliest, quietUntil(effect));
    return earliest > horizon && earliest !== Infinity ? earliest : null;
  }

  #counts(effect: Effect): boolean {
    return !this.run.waitsCanLapse || this.run.awaits(effect);
  }

  /**
   * When the run, with nothing left to write, waits only for times later than `horizon` and for children: the earliest of the times,
   * Infinity if there is none. Otherwise null.
   */
  leaveUntil(horizon: Micros): Micros | null {
    if (this.run.status !== "running" || this.stage !== "resting" || this.isFolding) return null;
    if (this.pendingFacts.length > 0 || this.waits.size === 0 || this.mustBeNoted) return null;
    let earliest = Infinity;
    for (const { effect, dueAt, isElsewhere } of this.waits.values()) {
      if (isElsewhere === true || !this.#counts(effect)) continue;
      if (dueAt === null) return null;
      earliest = Math.min(earliest, dueAt);
    }
    return earliest > horizon ? earliest : null;
  }

  /**
   * Moves the pending facts into a row that is to be sent.
   *
   * @param parkedUntil  The run only waits for something later than this; null if it goes on.
   * @param timersFrom  Earlier timers may not be found any more, so that the row's timer is not due before.
   */
  send(facts: string, parkedUntil: Micros | null, timersFrom: Micros): SegmentRow {
    const last = this.pendingFacts[this.pendingFacts.length - 1];
    if (last === undefined) throw new Error(`run ${this.runId} has nothing to append`);
    this.sentFacts = this.pendingFacts;
    this.sentEffects = this.pendingEffects;
    this.pendingFacts = [];
    this.pendingEffects = [];
    this.stage = "sent";
    const status = this.run.status;
    const timerAt = parkedUntil ?? (this.mustBeNoted && status === "running" ? last.at : null);
    this.sentParkedUntil = parkedUntil;
    this.sentTimerDueAt = timerAt === null ? null : Math.max(timerAt, timersFrom);
    return {
      shard: this.shard,
      runId: this.runId,
      seq: this.seq,
      at: last.at,
      projectId: this.projectId,
      workflowId: this.workflowId,
      versionId: this.versionId,
      status: status === "running" ? null : status,
      facts,
      ...(this.sentTimerDueAt === null ? undefined : { parkedUntil: this.sentTimerDueAt }),
      ...(this.intake?.dedupe === undefined ? undefined : { dedupe: this.intake.dedupe }),
    };
  }

  /** The row that was sent is durable. Returns the effects that may start now. */
  settleSent(): readonly Effect[] {
    const effects = this.sentEffects;
    this.seq++;
    if (this.stage === "sent") this.stage = "resting";
    this.sentFacts = [];
    this.sentEffects = [];
    this.sentTimerDueAt = null;
    this.sentParkedUntil = null;
    return effects;
  }

  /** Events of the fold up to a committed segment; later ones stay here until their segment is committed. */
  takeCommittedEvents(seq: number): readonly RunEvent[] {
    if (!this.isObserved) return NO_EVENTS;
    const events = this.heldEvents.concat(this.run.takeEvents());
    const end = events.findIndex((event) => event.seq > seq);
    this.heldEvents = end === -1 ? [] : events.slice(end);
    return end === -1 ? events : events.slice(0, end);
  }

  /** Settles the delivery, if it has not been settled. */
  settleIntake(settlement: Settlement): void {
    const intake = this.intake;
    this.intake = null;
    intake?.settle(settlement);
  }

  stopWaits(): void {
    for (const wait of this.waits.values()) wait.stop();
    this.waits.clear();
  }

  resolveResult(result: RunResult | null): void {
    if (this.resultWaiters === null) return;
    for (const resolve of this.resultWaiters) resolve(result);
    this.resultWaiters = null;
  }
}
