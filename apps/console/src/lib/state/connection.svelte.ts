const PAUSE_MS = { first: 1_000, last: 15_000 };

/**
 * Whether the server answers.
 *
 * After a failure it is asked again by itself, with growing pauses, until it answers; pages that want to read again then wait for
 * `returns`.
 */
class Connection {
  /** The server did not answer the last time. */
  isLost = $state(false);
  /** When it will be asked again; milliseconds of `performance.now()`. */
  nextTryAt = $state(0);
  /** Grows each time the server came back: an effect that reads it runs again. */
  returns = $state(0);
  #pauseMs = PAUSE_MS.first;
  #timer: ReturnType<typeof setTimeout> | undefined;

  lost(): void {
    if (this.isLost) return;
    this.isLost = true;
    this.#pauseMs = PAUSE_MS.first;
    this.#planTry();
  }

  found(): void {
    if (!this.isLost) return;
    clearTimeout(this.#timer);
    this.isLost = false;
    this.returns += 1;
  }

  /** Asks now, without waiting for the pause to end. */
  async tryNow(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const response = await fetch("/readyz", { cache: "no-store" });
      if (response.ok) return this.found();
    } catch {
      // Still away: ask again later.
    }
    this.#planTry();
  }

  #planTry(): void {
    this.nextTryAt = performance.now() + this.#pauseMs;
    this.#timer = setTimeout(() => void this.tryNow(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MS.last);
  }
}

export const connection = new Connection();
