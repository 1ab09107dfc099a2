export interface RefresherOptions {
  /** Reads the shown data from the server. */
  readonly read: () => Promise<void>;
  /** The shortest time between two reads. */
  readonly restMs: number;
  /** Read at least this often, because with several processes a stream reports only the runs of one. */
  readonly pollMs: number;
}

/** Reads again on request and at intervals, one read at a time and never too often. */
export class Refresher {
  readonly #options: RefresherOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isReading = false;
  #isWanted = false;
  #isStopped = false;

  constructor(options: RefresherOptions) {
    this.#options = options;
    this.#wait(options.pollMs);
  }

  /** Something changed. Many requests become one read. */
  request(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    if (!this.#isReading) this.#wait(this.#options.restMs);
  }

  /** Reads at once, unless a read is in progress. */
  async now(): Promise<void> {
    if (this.#isReading || this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#isReading = true;
    this.#isWanted = false;
    try {
      await this.#options.read();
    } finally {
      this.#isReading = false;
      if (!this.#isStopped) this.#wait(this.#isWanted ? this.#options.restMs : this.#options.pollMs);
    }
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.now(), ms);
  }
}
