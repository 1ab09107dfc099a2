import type { Clock, Timer } from "../../src/index.ts";
import type { TimedEvent, Timeline } from "./timeline.ts";

/**
 * One life of a simulated process. Everything reaches it through `enter`: nothing while it stands still, and nothing after its death, as
 * with SIGSTOP and SIGKILL.
 */
export class Incarnation {
  readonly #timeline: Timeline;
  #isDead = false;
  #held: (() => void)[] | null = null;
  readonly #mourners: (() => void)[] = [];

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  enter(action: () => void): void {
    if (this.#isDead) return;
    if (this.#held === null) action();
    else this.#held.push(action);
  }

  stall(): void {
    this.#held ??= [];
  }

  /** What came in the meantime happens now, one after the other. */
  wake(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const action of held) this.#timeline.in(0, () => this.enter(action));
  }

  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#held = null;
    for (const mourn of this.#mourners.splice(0)) mourn();
  }

  /** For those on the other end of its connections. */
  onDeath(mourn: () => void): void {
    if (this.#isDead) mourn();
    else this.#mourners.push(mourn);
  }
}

interface SimulatedTimer extends Timer {
  isStopped: boolean;
  readonly event: TimedEvent;
}

/** The clock of one process. Its wall time may be wrong; its monotonic time is right. */
export class SimulatedClock implements Clock {
  readonly #timeline: Timeline;
  readonly #incarnation: Incarnation;
  readonly #wallUs: () => number;
  readonly #startUs: number;

  /** @param wallUs  What the process's host takes for the time, in Unix microseconds. */
  constructor(timeline: Timeline, incarnation: Incarnation, wallUs: () => number) {
    this.#timeline = timeline;
    this.#incarnation = incarnation;
    this.#wallUs = wallUs;
    this.#startUs = timeline.nowUs;
  }

  now(): number {
    return this.#wallUs();
  }

  monotonicMs(): number {
    return (this.#timeline.nowUs - this.#startUs) / 1_000;
  }

  setTimer(action: () => void, ms: number): SimulatedTimer {
    const timer: SimulatedTimer = {
      isStopped: false,
      event: this.#timeline.in(ms, () =>
        this.#incarnation.enter(() => {
          if (!timer.isStopped) action();
        }),
      ),
      unref: () => undefined,
    };
    return timer;
  }

  clearTimer(timer: Timer): void {
    const simulated = timer as SimulatedTimer;
    simulated.isStopped = true;
    simulated.event.isCanceled = true;
  }

  afterTurn(action: () => void): void {
    this.setTimer(action, 0);
  }
}
