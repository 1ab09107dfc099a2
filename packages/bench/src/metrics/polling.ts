import { ReadingFailed } from "./http.ts";

/** Takes a reading again and again until it is stopped. Readings never overlap. */
export class Polling {
  readonly #read: () => Promise<void>;
  readonly #everyMs: number;
  readonly #failures = new Map<string, number>();
  #readings = 0;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;
  #current: Promise<void> = Promise.resolve();

  constructor(read: () => Promise<void>, everyMs: number) {
    this.#read = read;
    this.#everyMs = everyMs;
    this.#next(0);
  }

  /** Stops after the reading under way; says what failed, in sentences. */
  async stop(): Promise<readonly string[]> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#current;
    return [...this.#failures].map(
      ([message, count]) => `${String(count)} of ${String(this.#readings)} readings failed: ${message}`,
    );
  }

  #next(inMs: number): void {
    this.#timer = setTimeout(() => {
      const dueMs = performance.now() + this.#everyMs;
      this.#current = this.#take().then(() => {
        if (!this.#isStopped) this.#next(Math.max(0, dueMs - performance.now()));
      });
    }, inMs);
    this.#timer.unref();
  }

  async #take(): Promise<void> {
    this.#readings += 1;
    try {
      await this.#read();
    } catch (error) {
      const message =
        error instanceof ReadingFailed || error instanceof SyntaxError ? error.message : "the answer cannot be used.";
      this.#failures.set(message, (this.#failures.get(message) ?? 0) + 1);
    }
  }
}
