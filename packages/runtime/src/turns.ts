/**
 * Whoever has much to do takes it in slices, and rests between them: one slice of one of them for each turn of the event loop, each in
 * its turn, so that sockets, timers and other runs never wait for more than a slice.
 */
export class Turns {
  #waiting: (() => void)[] = [];
  #isArmed = false;

  /** How many rest at the moment. */
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
