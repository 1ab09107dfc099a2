import type { AppendOutcome, OwnerToken, SegmentRow } from "@meshhook/journal";

import type { LiveRun } from "./live-run.ts";

export interface WriterOptions {
  readonly writers: number;
  readonly batchRowsMax: number;
  readonly batchBytesMax: number;
  /** Turns a run's pending facts into its next row; null when there is nothing to write any more. */
  readonly rowOf: (live: LiveRun) => SegmentRow | null;
  readonly append: (token: OwnerToken, rows: readonly SegmentRow[]) => Promise<readonly AppendOutcome[]>;
  /** The batch was answered. `rows` and `outcomes` go with `batch` by index. */
  readonly onSettled: (
    batch: readonly LiveRun[],
    rows: readonly SegmentRow[],
    outcomes: readonly AppendOutcome[],
  ) => void;
  /** The batch's fate is unknown; the writer has stopped. */
  readonly onFailed: (error: unknown) => void;
  /** A batch was taken: new runs may go to another shard. */
  readonly onBatch: () => void;
}

/**
 * Group commit without a timer: each of a few loops sends what has gathered the moment its previous flush returns.
 *
 * The batch size follows from load and the database's speed, an idle system adds no wait, and rows of many runs share one
 * commit. A writer serves one ownership token; it is thrown away with it.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #token: OwnerToken;
  #queue: LiveRun[] = [];
  #head = 0;
  #busy = 0;
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

  /** Body bytes of the deliveries that wait. */
  get queuedBytes(): number {
    return this.#bytes;
  }

  get isIdle(): boolean {
    return this.#busy === 0 && this.queuedRows === 0;
  }

  /** Queues the run's pending facts. Does nothing when the run is queued already or has a segment on its way. */
  enqueue(live: LiveRun): void {
    if (live.isQueued || live.isSent || this.#isStopped) return;
    live.isQueued = true;
    this.#bytes += live.intake?.bytes ?? 0;
    this.#queue.push(live);
    if (this.#busy < this.#options.writers && !this.#isScheduled) {
      this.#isScheduled = true;
      // After this turn's sockets were read: what arrived together leaves together.
      setImmediate(() => {
        this.#isScheduled = false;
        this.#startFlushes();
      });
    }
  }

  /** Takes no more and sends no more. Batches on their way are not waited for. */
  stop(): void {
    this.#isStopped = true;
    this.#queue = [];
    this.#head = 0;
    this.#bytes = 0;
  }

  #startFlushes(): void {
    while (!this.#isStopped && this.#busy < this.#options.writers && this.queuedRows > 0) {
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
      const live = this.#queue[this.#head++];
      if (live === undefined) break;
      live.isQueued = false;
      this.#bytes -= live.intake?.bytes ?? 0;
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
    this.#busy++;
    this.batches++;
    this.#options.append(this.#token, rows).then(
      (outcomes) => {
        this.#busy--;
        if (this.#isStopped) return;
        this.#options.onSettled(batch, rows, outcomes);
        this.#startFlushes();
      },
      (error: unknown) => {
        this.#busy--;
        if (this.#isStopped) return;
        this.stop();
        this.#options.onFailed(error);
      },
    );
    return true;
  }
}
