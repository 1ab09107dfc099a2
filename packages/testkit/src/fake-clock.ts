/** Has the shape of the runtime's `Timer`. */
interface FakeTimer {
  readonly dueMs: number;
  readonly action: () => void;
  unref(): void;
}

/** A clock that moves only on request, and fires its timers on the way. Has the shape of the runtime's `Clock`. */
export class FakeClock {
  #nowMs: number;
  readonly #startMs: number;
  readonly #timers = new Set<FakeTimer>();

  /** Starts at 2026-11-24T00:00:00Z by default. */
  constructor(startMs: number = Date.UTC(2026, 10, 24)) {
    this.#nowMs = startMs;
    this.#startMs = startMs;
  }

  /** Unix milliseconds. An arrow function, so that it can be handed over as a clock. */
  readonly nowMs = (): number => this.#nowMs;

  /** Unix microseconds. */
  readonly nowMicros = (): number => this.#nowMs * 1000;

  readonly now = this.nowMicros;

  monotonicMs(): number {
    return this.#nowMs - this.#startMs;
  }

  setTimer(action: () => void, ms: number): FakeTimer {
    const timer = { dueMs: this.#nowMs + Math.max(0, ms), action, unref: () => undefined };
    this.#timers.add(timer);
    return timer;
  }

  clearTimer(timer: object): void {
    this.#timers.delete(timer as FakeTimer);
  }

  afterTurn(action: () => void): void {
    this.setTimer(action, 0);
  }

  /** Timers fire in the order of their times, each at its own time; what they set within these milliseconds fires as well. */
  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs;
    for (let next = this.#firstBy(endMs); next !== null; next = this.#firstBy(endMs)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.action();
    }
    this.#nowMs = endMs;
  }

  #firstBy(endMs: number): FakeTimer | null {
    let first: FakeTimer | null = null;
    for (const timer of this.#timers) {
      if (timer.dueMs <= endMs && (first === null || timer.dueMs < first.dueMs)) first = timer;
    }
    return first;
  }
}
