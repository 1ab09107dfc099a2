import type { Micros } from "@meshhook/core";
import type { AppendOutcome, OwnerToken, SegmentRow } from "@meshhook/journal";

import type { Clock } from "./clock.ts";
import type { LiveRun } from "./live-run.ts";

export interface WriterOptions {
  readonly clock: Clock;
  readonly writers: number;
  readonly batchRowsMax: number;
  readonly batchBytesMax: number;
  /** Turns a run's pending facts into its next row; null when there is nothing left to write. */
  readonly rowOf: (live: LiveRun) => SegmentRow | null;
  readonly append: (token: OwnerToken, rows: readonly SegmentRow[]) => Promise<readonly AppendOutcome[]>;
  /** The batch was answered. `rows` and `outcomes` go with `batch` by index. */
  readonly onSettled: (
    batch: readonly LiveRun[],
    rows: readonly SegmentRow[],
    outcomes: readonly AppendOutcome[],
  ) => void;
  /** The batch's fate is unknown; the writer has stopped. */
  readonly onFailed: (batch: readonly LiveRun[], error: Error) => void;
  /** The outcomes of a batch that was in flight when the writer stopped; null when they were not known in time. */
  readonly onLate: (batch: readonly LiveRun[], outcomes: readonly AppendOutcome[] | Error | null) => void;
  /** A batch was taken, so new runs may go to another shard. */
  readonly onBatch: () => void;
}

/** How long a stopped writer waits for batches in flight. */
const LATE_MS = 10_000;

/**
 * Group commit without a timer: each of a few loops sends what has collected as soon as its previous flush returns.
 *
 * The batch size follows from load and the database's speed, an idle system adds no wait, and rows of many runs share one
 * commit. A writer belongs to one ownership token and is discarded with it.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #token: OwnerToken;
  /** At most one for each writer. Not a `Set`: its old tables would keep runs (docs/decisions/0011). */
  readonly #onTheWay: (readonly LiveRun[])[] = [];
  #queue: LiveRun[] = [];
  #head = 0;
  #isScheduled = false;
  #isStopped = false;
  #bytes = 0;
  batches = 0;

  constructor(token: OwnerToken, options: WriterOptions) {
    this.#token = token;
    this.#options = options;
  }

  get queuedRows(): number {
    return this.#queue.length - this.#head;
  }

  /** The time of the oldest fact that waits here or is on its way to the database, as far as the first of each batch tell; null: none. */
  get oldestAt(): Micros | null {
    const next = this.#queue[this.#head]?.pendingFacts[0];
    const times = this.#onTheWay.flatMap((batch) => batch[0]?.sentFacts[0]?.at ?? []);
    if (next !== undefined) times.push(next.at);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Bytes of the facts waiting when their runs were queued. */
  get queuedBytes(): number {
    return this.#bytes;
  }

  get isIdle(): boolean {
    return this.#onTheWay.length === 0 && this.queuedRows === 0;
  }

  /**
   * Queues the run's pending facts. Does nothing when the run is already queued, has a segment in flight, is being folded or is gone: the
   * code that ends that state calls again.
   */
  enqueue(live: LiveRun): void {
    if (live.stage !== "resting" || live.isFolding || this.#isStopped) return;
    live.stage = "queued";
    live.queuedBytes = live.pendingBytes;
    this.#bytes += live.queuedBytes;
    this.#queue.push(live);
    if (this.#onTheWay.length < this.#options.writers && !this.#isScheduled) {
      this.#isScheduled = true;
      // After this turn's sockets were read, so that what arrives together leaves together.
      this.#options.clock.afterTurn(() => {
        this.#isScheduled = false;
        this.#startFlushes();
      });
    }
  }

  /** Accepts and sends nothing more. `onLate` reports the outcome of batches in flight. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#queue = [];
    this.#head = 0;
    this.#bytes = 0;
    if (this.#onTheWay.length === 0) return;
    const { clock, onLate } = this.#options;
    clock
      .setTimer(() => {
        for (const batch of this.#onTheWay) onLate(batch, null);
      }, LATE_MS)
      .unref();
  }

  #startFlushes(): void {
    while (!this.#isStopped && this.#onTheWay.length < this.#options.writers && this.queuedRows > 0) {
      if (!this.#flush()) return;
    }
  }

  #flush(): boolean {
    const batch: LiveRun[] = [];
    const rows: SegmentRow[] = [];
    let bytes = 0;
    while (
      this.#head < this.#queue.length &&
      rows.length < this.#options.batchRowsMax &&
      bytes < this.#options.batchBytesMax
    ) {
      const live = this.#queue[this.#head++] as LiveRun;
      this.#bytes -= live.queuedBytes;
      if (live.stage !== "queued") continue;
      live.stage = "resting";
      const row = this.#options.rowOf(live);
      if (row === null) continue;
      bytes += row.facts.length;
      batch.push(live);
      rows.push(row);
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head > 4_096) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    if (rows.length === 0) return false;
    this.#options.onBatch();
    this.#onTheWay.push(batch);
    this.batches++;
    this.#options.append(this.#token, rows).then(
      (outcomes) => {
        this.#onTheWay.splice(this.#onTheWay.indexOf(batch), 1);
        if (this.#isStopped) return this.#options.onLate(batch, outcomes);
        this.#options.onSettled(batch, rows, outcomes);
        this.#startFlushes();
      },
      (error: unknown) => {
        this.#onTheWay.splice(this.#onTheWay.indexOf(batch), 1);
        const failure = error instanceof Error ? error : new Error(String(error));
        if (this.#isStopped) return this.#options.onLate(batch, failure);
        this.stop();
        this.#options.onFailed(batch, failure);
      },
    );
    return true;
  }
}
