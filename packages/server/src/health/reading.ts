import type { HealthComponent, HealthStatus } from "@meshhook/contract";

/** What a look at a component finds. */
export interface Finding {
  readonly status: HealthStatus;
  readonly summary: string;
  /** Null exactly when the status is `ok`. */
  readonly remedy: string | null;
  readonly figures: HealthComponent["figures"];
}

/** Without an answer for so long, a component counts as down. */
const SILENT_MS = 5_000;

/**
 * What is known about something that may not answer. Whoever asks gets what there is after a moment: the answer, or the one before with its
 * age. A question that has no answer yet is not asked again.
 */
export class Reading<T> {
  readonly #ask: () => Promise<T>;
  #last: { readonly value: T; readonly at: number } | null = null;
  #error: string | null = null;
  #asked: { readonly at: number; readonly done: Promise<void> } | null = null;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  /** The last answer, and when it came, in milliseconds since 1970; null: there has been none. */
  get last(): { readonly value: T; readonly at: number } | null {
    return this.#last;
  }

  /** Why there is no answer now; null: there is one. */
  get trouble(): string | null {
    if (this.#error !== null) return this.#error;
    const waitedMs = this.#asked === null ? 0 : Date.now() - this.#asked.at;
    return waitedMs >= SILENT_MS ? `it has not answered for ${Math.round(waitedMs / 1_000)} s` : null;
  }

  /** Asks, unless a question is open, and waits for the answer for so long at most. */
  async look(msMax: number): Promise<void> {
    this.#asked ??= { at: Date.now(), done: this.#run() };
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, msMax);
    await Promise.race([this.#asked.done, promise]);
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    try {
      this.#last = { value: await this.#ask(), at: Date.now() };
      this.#error = null;
    } catch (error) {
      this.#error = error instanceof Error ? error.message : String(error);
    } finally {
      this.#asked = null;
    }
  }
}
