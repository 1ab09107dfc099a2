/** Something that will happen at a time. */
export interface TimedEvent {
  /** Simulated Unix microseconds. */
  readonly atUs: number;
  readonly action: () => void;
  isCanceled: boolean;
}

/**
 * Simulated time: events in the order of their times, and what follows from each in microtasks before the next.
 *
 * Nothing else may wake the code under simulation up: no real timer and no socket. Then the same events always lead to the same.
 */
export class Timeline {
  #nowUs: number;
  /** The next one comes last. */
  readonly #events: TimedEvent[] = [];

  /** @param startUs  Unix microseconds. */
  constructor(startUs: number) {
    this.#nowUs = startUs;
  }

  get nowUs(): number {
    return this.#nowUs;
  }

  /** Events at the same time happen in the order in which they were added. */
  at(atUs: number, action: () => void): TimedEvent {
    const event = { atUs: Math.max(this.#nowUs, Math.ceil(atUs)), action, isCanceled: false };
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.atUs ?? 0) > event.atUs) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, event);
    return event;
  }

  in(ms: number, action: () => void): TimedEvent {
    return this.at(this.#nowUs + ms * 1_000, action);
  }

  /** Lets events happen until a time, or until `isOver`. */
  async run(untilUs: number, isOver: () => boolean): Promise<void> {
    for (let next = this.#events.at(-1); next !== undefined && next.atUs <= untilUs; next = this.#events.at(-1)) {
      if (isOver()) return;
      this.#events.pop();
      if (next.isCanceled) continue;
      this.#nowUs = next.atUs;
      next.action();
      await afterMicrotasks();
    }
    this.#nowUs = Math.max(this.#nowUs, untilUs);
  }
}

function afterMicrotasks(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
