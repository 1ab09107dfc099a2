import type { Effect, Fact, Micros, Run, RunEvent, RunResult } from "@meshhook/core";
import type { AppendOutcome, DedupeKey, SegmentRow } from "@meshhook/journal";

/** Something a live run waits for: a call in flight, or a time. */
export interface Wait {
  /** Null: an answer, whenever it comes. */
  readonly dueAt: Micros | null;
  stop(): void;
}

/** What the first segment of a new run needs besides its facts. */
export interface Intake {
  readonly bodyText: string | null;
  readonly bytes: number;
  readonly dedupe?: DedupeKey;
  /** Called once: with the append's outcome, or null when nothing can be said (authority lost, queue dropped). */
  settle(outcome: AppendOutcome | null): void;
}

/**
 * One run in memory, and how far its facts have come: *pending* (folded, waiting for a writer), *sent* (in a batch on its way),
 * durable (forgotten here: the journal has them).
 *
 * At most one segment of a run is on its way, so that segments commit in order; facts that arrive meanwhile gather for the
 * next one. Effects derived from a fact wait here until its segment is durable.
 */
export class LiveRun {
  readonly run: Run;
  readonly shard: number;
  readonly projectId: string;
  readonly workflowId: string;
  readonly versionId: string;
  /** The next segment to be sent. */
  seq: number;
  intake: Intake | null = null;
  pendingFacts: Fact[] = [];
  pendingEffects: Effect[] = [];
  sentFacts: readonly Fact[] = [];
  sentEffects: readonly Effect[] = [];
  /** Events of segments that are not durable yet (only while the run is observed). */
  heldEvents: readonly RunEvent[] = [];
  isObserved = false;
  isQueued = false;
  isSent = false;
  /** Belongs to `LiveRuns`. */
  nextInBucket: LiveRun | null = null;
  /** By node: what has been started and has not come back. */
  readonly waits = new Map<string, Wait>();
  resultWaiters: ((result: RunResult | null) => void)[] | null = null;
  /** Set when the run came (back) into memory through its timer: then that timer, not its id, holds the watermark. */
  timerDueAt: Micros | null = null;

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

  /** From the next fact on, the run's events are collected. */
  observe(): void {
    this.isObserved = true;
    this.run.observe();
  }

  get runId(): string {
    return this.run.runId;
  }

  /** Folds a fact now; it becomes durable with the run's next segment. */
  record(fact: Fact): void {
    const effects = this.run.apply(fact, this.isSent ? this.seq + 1 : this.seq);
    this.pendingFacts.push(fact);
    if (effects.length > 0) this.pendingEffects.push(...effects);
  }

  /** A time for the next fact: never before the last one. */
  timeOf(now: Micros): Micros {
    return Math.max(now, this.run.lastAt);
  }

  /**
   * When the run, with its pending facts, waits only for times later than `horizon`: the earliest of them. Otherwise null.
   */
  parkUntil(horizon: Micros): Micros | null {
    if (this.run.status !== "running") return null;
    let earliest = Infinity;
    for (const wait of this.waits.values()) {
      if (wait.dueAt === null) return null;
      earliest = Math.min(earliest, wait.dueAt);
    }
    for (const effect of this.pendingEffects) earliest = Math.min(earliest, effect.dueAt);
    return earliest > horizon && earliest !== Infinity ? earliest : null;
  }

  /** Moves the pending facts into a row on its way. */
  send(facts: string, parkedUntil: Micros | null): SegmentRow {
    const last = this.pendingFacts[this.pendingFacts.length - 1];
    if (last === undefined) throw new Error(`run ${this.runId} has nothing to append`);
    this.sentFacts = this.pendingFacts;
    this.sentEffects = this.pendingEffects;
    this.pendingFacts = [];
    this.pendingEffects = [];
    this.isSent = true;
    const status = this.run.status;
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
      ...(parkedUntil === null ? undefined : { parkedUntil }),
      ...(this.intake?.dedupe === undefined ? undefined : { dedupe: this.intake.dedupe }),
    };
  }

  /** The row that was sent is durable. Returns the effects that may start now. */
  settleSent(): readonly Effect[] {
    const effects = this.sentEffects;
    this.seq++;
    this.isSent = false;
    this.sentFacts = [];
    this.sentEffects = [];
    return effects;
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
