const PAUSE_MS = { first: 1_000, last: 15_000 };
/** After this long without an answer, a page checks that the server is still there. */
const SILENCE_MS_MAX = 10_000;

/**
 * Whether the server answers.
 *
 * After a failure it is asked again automatically, with growing pauses, until it answers. Pages that want to read again then wait for
 * `returns`.
 */
class Connection {
  /** The server did not answer the last time. */
  isLost = $state(false);
  /** When it will be asked again; milliseconds of `performance.now()`. */
  nextTryAt = $state(0);
  /** Grows each time the server comes back, so that an effect that reads it runs again. */
  returns = $state(0);
  readonly #listeners = new Set<() => void>();
  #heardAt = 0;
  #pauseMs = PAUSE_MS.first;
  #timer: ReturnType<typeof setTimeout> | undefined;

  lost(): void {
    if (this.isLost) return;
    this.isLost = true;
    this.#pauseMs = PAUSE_MS.first;
    this.#planTry();
  }

  found(): void {
    this.#heardAt = performance.now();
    if (!this.isLost) return;
    clearTimeout(this.#timer);
    this.isLost = false;
    this.returns += 1;
    for (const listener of this.#listeners) listener();
  }

  /** Calls back each time the server comes back. @returns a function that ends it. */
  onReturn(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks now, without waiting for the pause to end. */
  async tryNow(): Promise<void> {
    clearTimeout(this.#timer);
    if (await answers()) this.found();
    else this.#planTry();
  }

  /** Asks once, after something other than a call to the API failed. */
  async check(): Promise<void> {
    if (this.isLost) return;
    if (await answers()) this.found();
    else this.lost();
  }

  /**
   * Notices within a few seconds that the server is away, even on pages that send no requests: "Saved" must not stay on the screen as if
   * the next change could be saved too.
   *
   * @returns a function that ends it.
   */
  watch(): () => void {
    const asking = setInterval(() => {
      if (!document.hidden && performance.now() - this.#heardAt >= SILENCE_MS_MAX) void this.check();
    }, SILENCE_MS_MAX / 2);
    return () => clearInterval(asking);
  }

  #planTry(): void {
    clearTimeout(this.#timer);
    this.nextTryAt = performance.now() + this.#pauseMs;
    this.#timer = setTimeout(() => void this.tryNow(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MS.last);
  }
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch("/readyz", { cache: "no-store", signal: AbortSignal.timeout(SILENCE_MS_MAX) })).ok;
  } catch {
    return false;
  }
}

export const connection = new Connection();
