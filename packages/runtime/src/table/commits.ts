import type { Micros } from "@meshhook/core";
import type { AppendOutcome, Journal, OwnerToken, SegmentRow } from "@meshhook/journal";

import type { Admission } from "../admission/admission.ts";
import type { ChildPerformer } from "../child/child-performer.ts";
import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import type { Effects } from "../effects.ts";
import type { RuntimeLimits } from "../limits.ts";
import type { LiveRun } from "../live-run.ts";
import type { Logger } from "../logger.ts";
import type { Memory } from "../memory.ts";
import type { Recovery } from "../recovery/recovery.ts";
import type { Shard } from "../shard.ts";
import type { Inbox } from "../signal/inbox.ts";
import type { Collector } from "../statistics/collector.ts";
import type { RunTraces } from "../trace/run-traces.ts";
import type { Hub } from "../watch/hub.ts";
import { Writer } from "../writer.ts";
import { textOf } from "./delivery-fact.ts";
import type { Departures } from "./departures.ts";
import type { OwnedShards } from "./owned-shards.ts";
import { APPENDED, settleIntakes } from "./settlements.ts";

export interface CommitsOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly limits: RuntimeLimits;
  readonly counters: Counters;
  readonly log: Logger;
  readonly hub: Hub;
  readonly shards: OwnedShards;
  readonly memory: Memory;
  readonly admission: Admission;
  readonly recovery: Recovery;
  readonly departures: Departures;
  readonly effects: Effects;
  readonly children: ChildPerformer;
  readonly inbox: Inbox;
  /** Null: nothing is counted. */
  readonly collector: Collector | null;
  /** Null: there are no traces. */
  readonly traces: RunTraces | null;
  /** Another process owns the shard. */
  readonly onFenced: (shard: number) => void;
  readonly onAuthorityLost: (reason: string) => void;
}

/**
 * Has the segments of runs written, and goes on with each run by what became of its segment: it has ended, it leaves memory, or what it
 * asked for starts.
 */
export class Commits {
  readonly #options: CommitsOptions;
  #writer: Writer | null = null;

  constructor(options: CommitsOptions) {
    this.#options = options;
  }

  /** Starts to write under a token. */
  begin(token: OwnerToken): void {
    const { clock, counters, journal, limits, onAuthorityLost, shards } = this.#options;
    this.#writer = new Writer(token, {
      clock,
      writers: limits.writers,
      batchRowsMax: limits.batchRowsMax,
      batchBytesMax: limits.batchBytesMax,
      rowOf: (live) => this.#rowOf(live),
      append: async (owner, rows) => {
        const startedMs = clock.monotonicMs();
        const outcomes = await journal.append(owner, rows);
        counters.durations.appends.add(Math.round((clock.monotonicMs() - startedMs) * 1_000));
        return outcomes;
      },
      onSettled: (batch, rows, outcomes) => this.#onSettled(batch, rows, outcomes),
      onLate: settleIntakes,
      onFailed: (batch, error) => {
        settleIntakes(batch, error);
        onAuthorityLost(`Append failed: ${String(error)}`);
      },
      onBatch: () => shards.ids.rotate(),
    });
  }

  /** Writes nothing more. The senders of deliveries in flight to the database get their outcome. */
  end(): void {
    this.#writer?.stop();
    this.#writer = null;
  }

  get isOpen(): boolean {
    return this.#writer !== null;
  }
  get isIdle(): boolean {
    return this.#writer?.isIdle ?? true;
  }
  get queuedRows(): number {
    return this.#writer?.queuedRows ?? 0;
  }
  get queuedBytes(): number {
    return this.#writer?.queuedBytes ?? 0;
  }

  /** See `Writer.oldestAt`. */
  get oldestAt(): Micros | null {
    return this.#writer?.oldestAt ?? null;
  }

  /** See `Writer.enqueue`. Without a writer nothing is written; the journal has what the next owner needs. */
  enqueue(live: LiveRun): void {
    this.#writer?.enqueue(live);
  }

  #rowOf(live: LiveRun): SegmentRow | null {
    if (live.pendingFacts.length === 0 || live.isFolding) return null;
    const { memory, shards } = this.#options;
    const facts = textOf(live);
    live.pendingBytes = 0;
    const until = live.parkUntil(memory.horizon());
    const parkedUntil = until !== null && shards.findsTimers(live.shard, until) ? until : null;
    return live.send(facts, parkedUntil, live.mustBeNoted ? shards.timersFrom(live.shard) : 0);
  }

  #onSettled(batch: readonly LiveRun[], rows: readonly SegmentRow[], outcomes: readonly AppendOutcome[]): void {
    const { counters, departures, hub } = this.#options;
    counters.batches++;
    for (let at = 0; at < batch.length; at++) {
      const live = batch[at];
      const row = rows[at];
      const outcome = outcomes[at];
      if (live === undefined || row === undefined || outcome === undefined)
        throw new Error("The append returned a different number of outcomes than it was given rows");
      if (outcome.kind === "appended") this.#onAppended(live, row);
      else this.#onRefused(live, row, outcome);
    }
    hub.flush();
    departures.balance();
  }

  #onAppended(live: LiveRun, row: SegmentRow): void {
    const { clock, collector, counters, departures, effects, hub, memory, shards, traces } = this.#options;
    const shard = shards.of(live);
    const facts = live.sentFacts;
    const { sentParkedUntil: parkedUntil, sentTimerDueAt: timerDueAt } = live;
    const asked = live.settleSent();
    counters.segmentsAppended++;
    collector?.noteSegment(live, row.seq, facts, row.status, row.at);
    traces?.noteSegment(live, row.seq, facts, row.status, clock.now());
    hub.announce(live.projectId, live.runId, row.seq, facts, live.takeCommittedEvents(row.seq));
    const isNew = live.intake !== null;
    live.settleIntake(APPENDED);
    if (shard === undefined) return;
    shard.isDirty = true;
    if (live.openSignals !== null && live.pendingFacts.length === 0) settleSignals(shard, live);
    if (row.status !== null) return this.#onEnded(shard, live);
    if (live.run.isHeld && live.pendingFacts.length === 0) {
      // Something woke it before the takeover had read it, so that its row notes a timer: only that leads the next owner to it.
      live.timerDueAt = timerDueAt ?? live.timerDueAt;
      return departures.hold(shard, live);
    }
    if (live.pendingFacts.length === 0) {
      if (parkedUntil !== null && timerDueAt !== null) return departures.park(shard, live, parkedUntil, timerDueAt);
      if (isNew && memory.isFullFor(live.projectId)) return departures.spill(shard, live);
    }
    if (timerDueAt !== null) {
      live.timerDueAt = timerDueAt;
      // It was to leave memory, but something came in the meantime: until its next segment, only that timer brings it back.
      live.mustBeNoted = parkedUntil !== null;
    }
    effects.perform(live, asked);
    if (live.pendingFacts.length > 0) this.enqueue(live);
  }

  #onRefused(live: LiveRun, row: SegmentRow, outcome: Exclude<AppendOutcome, { kind: "appended" }>): void {
    const { counters, inbox, log, memory, onFenced, recovery, shards } = this.#options;
    const shard = shards.of(live);
    live.settleIntake(outcome);
    if (shard === undefined) return;
    switch (outcome.kind) {
      case "duplicate":
        return memory.remove(shard, live);
      case "fenced":
        counters.fenced++;
        log.warn({ shard: live.shard }, "another process owns this shard now; dropping the shard");
        return onFenced(live.shard);
      case "conflict":
        log.warn({ runId: live.runId, seq: row.seq }, "another process continued this run; reading it again");
        memory.remove(shard, live);
        if (live.openSignals !== null) {
          shard.rewindSignals();
          void inbox.look([shard]);
        }
        return void recovery.reload(shard, live.runId, live.timerDueAt);
      case "rejected":
        log.error(
          { runId: live.runId, seq: row.seq, reason: outcome.message },
          "the database refuses a segment of this run, so the run cannot continue",
        );
        return memory.remove(shard, live);
    }
  }

  #onEnded(shard: Shard, live: LiveRun): void {
    const { admission, children, counters, effects, memory } = this.#options;
    const status = live.run.status;
    if (status !== "running") counters.runsFinished[status]++;
    counters.durations.runs.add(Math.max(0, live.run.lastAt - live.run.startedAt));
    if (live.openSignals !== null) settleSignals(shard, live);
    if (live.waits.size > 0) effects.giveUpAll(live);
    if (!admission.isIdle) admission.release(live);
    memory.remove(shard, live);
    live.resolveResult(live.run.result);
    const { origin } = live.run;
    if (origin?.kind === "child") children.childEnded(shard, live, origin);
  }
}

/** The facts of the signals that the run got are durable, or the run has ended. */
function settleSignals(shard: Shard, live: LiveRun): void {
  for (const id of live.openSignals ?? []) shard.settleSignal(id);
  live.openSignals = null;
}
