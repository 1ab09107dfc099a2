export interface RefresherOptions {
  /** Reads what is shown from the server. */
  readonly read: () => Promise<void>;
  /** The shortest time from one reading to the next. */
  readonly restMs: number;
  /** Read at least this often: with several processes, a stream tells only of the runs of one. */
  readonly pollMs: number;
}

/** Reads again when asked and now and then, one reading at a time and never too often. */
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

  /** Something changed. Many requests become one reading. */
  request(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    if (!this.#isReading) this.#wait(this.#options.restMs);
  }

  /** Reads at once, unless a reading is under way already. */
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
