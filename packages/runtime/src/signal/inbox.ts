import { type Fact, type Micros, parseJsonInput } from "@meshhook/core";
import type { Journal, ReceivedDelivery, ReceivedSignal } from "@meshhook/journal";
import { failpoint } from "@meshhook/journal/failpoint";

import type { Clock } from "../clock.ts";
import type { LiveRun } from "../live-run.ts";
import type { Logger } from "../logger.ts";
import type { Shard } from "../shard.ts";

export interface InboxOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Logger;
  /** The run in memory; null when it has ended or is unknown, `aside` when it is set aside. */
  readonly load: (shard: Shard, runId: string) => Promise<LiveRun | "aside" | null>;
  /**
   * The first segment of a run came, which another process could not append. It is settled when it is durable.
   *
   * @throws JournalUnavailable  Then it is read again.
   */
  readonly onDelivery: (shard: Shard, delivery: ReceivedDelivery) => Promise<void>;
  /** A shard's inbox was read to its end for the first time. */
  readonly onRead: () => void;
  /** A signal became a fact; the shard is informed when that is durable. */
  readonly onFact: (live: LiveRun, fact: Fact) => void;
}

/** Signals read at a time, per shard. */
const PAGE = 100;
/** After the journal did not answer. */
const AGAIN_MS = 1_000;

/**
 * Reads the inboxes of shards and turns signals into facts of their runs.
 *
 * An accepted signal is in the journal. The shard's owner reads it: when it takes the shard over, and whenever signals were
 * added. The signal is handled once its fact is durable or its run has ended; only then does the shard's watermark move past it. The fact names
 * the signal, so that reading it again after a takeover is harmless.
 */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #wanted = new Set<Shard>();
  #reading: Promise<void> | null = null;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** Reads the unread signals in these shards' inboxes. Resolves when they are recorded; never rejects. */
  look(shards: Iterable<Shard>): Promise<void> {
    for (const shard of shards) this.#wanted.add(shard);
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    while (this.#wanted.size > 0) {
      const shards = [...this.#wanted].filter(({ isGone }) => !isGone);
      this.#wanted.clear();
      if (shards.length > 0) await this.#readOnce(shards);
    }
  }

  async #readOnce(shards: readonly Shard[]): Promise<void> {
    const { clock, journal, log } = this.#options;
    const byNumber = new Map(shards.map((shard) => [shard.shard, { shard, count: 0 }]));
    try {
      const cursors = shards.map(({ shard, signalsRead }) => ({ shard, afterId: signalsRead }));
      for (const signal of await journal.readSignals(cursors, PAGE)) {
        const entry = byNumber.get(signal.shard);
        if (entry === undefined || entry.shard.isGone) continue;
        if (++entry.count === PAGE) this.#wanted.add(entry.shard);
        entry.shard.openSignal(signal.id);
        if (signal.isRunOver) entry.shard.settleSignal(signal.id);
        else if (signal.kind === "delivery") await this.#options.onDelivery(entry.shard, signal);
        else await this.#act(entry.shard, signal);
      }
      this.#noteRead([...byNumber.values()].flatMap(({ shard, count }) => (count < PAGE ? [shard] : [])));
    } catch (error) {
      log.warn({ error: String(error) }, "cannot read signals; trying again");
      for (const shard of shards) shard.rewindSignals();
      clock.setTimer(() => void this.look(shards), AGAIN_MS).unref();
    }
  }

  #noteRead(shards: readonly Shard[]): void {
    const first = shards.filter(({ isInboxRead }) => !isInboxRead);
    for (const shard of first) shard.isInboxRead = true;
    if (first.length > 0) this.#options.onRead();
  }

  async #act(shard: Shard, signal: ReceivedSignal): Promise<void> {
    const live = await this.#options.load(shard, signal.runId);
    failpoint("signal.read");
    // A run that was set aside gets it when the run is released.
    if (live === "aside") return;
    if (live === null || live.projectId !== signal.projectId) return shard.settleSignal(signal.id);
    if (live.stage === "gone") {
      // It has left memory again since it was found, or another process reads the signal.
      if (!shard.isGone) await this.#act(shard, signal);
      return;
    }
    (live.openSignals ??= []).push(signal.id);
    this.#options.onFact(live, factOf(signal, live.timeOf(this.#options.clock.now())));
  }
}

function factOf(signal: ReceivedSignal, at: Micros): Fact {
  const { id, kind } = signal;
  if (kind === "signal") return { kind, at, signal: id, name: signal.name, payload: parseJsonInput(signal.payload) };
  const { reason } = signal;
  return { kind, at, ...(reason === undefined ? undefined : { reason }), signal: id };
}
