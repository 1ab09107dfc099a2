/** A clock that moves only on request. */
export class FakeClock {
  #nowMs: number;

  /** Starts at 2026-11-24T00:00:00Z by default. */
  constructor(startMs: number = Date.UTC(2026, 10, 24)) {
    this.#nowMs = startMs;
  }

  /** Unix milliseconds. An arrow function, so that it can be handed over as a clock. */
  readonly nowMs = (): number => this.#nowMs;

  /** Unix microseconds. */
  readonly nowMicros = (): number => this.#nowMs * 1000;

  advance(byMs: number): void {
    this.#nowMs += byMs;
  }
}
