/**
 * Shares the event loop between long tasks. Tasks work in slices and rest between them: each turn of the loop runs one slice of one task,
 * and tasks take turns, so that sockets, timers and other runs never wait for more than a slice.
 */
export class Turns {
  #waiting: (() => void)[] = [];
  #isArmed = false;

  /** Number of tasks that are resting now. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when it is the caller's turn to do another slice. */
  rest(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#arm();
    });
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    setImmediate(() => {
      this.#isArmed = false;
      this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#arm();
    });
  }
}
