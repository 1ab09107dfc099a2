import type { Micros } from "@meshhook/core";

import type { Clock } from "./clock.ts";
import type { RuntimeLimits } from "./limits.ts";

/** When this share of a limit is in use, runs that wait for a time leave memory early and no more are loaded. */
const PRESSURE_SHARE = 0.8;
const PRESSURE_HORIZON_MS = 5_000;
/** Runs that are due are loaded beyond the limits, up to this share, because runs that wait for answers must not delay them. */
const DUE_SHARE = 1.2;
/** The most pages that are read from the journal at the same time. */
const READS_MAX = 4;

/**
 * How much of the memory for runs is in use, and when there is room to load more of them.
 *
 * Bytes are an estimate of the parsed facts. What a fold derives from them is bounded by its budget of units.
 */
export class Memory {
  readonly #limits: RuntimeLimits;
  readonly #clock: Clock;
  #runs = 0;
  #bytes = 0;
  #reads = 0;
  #waiting: (() => void)[] = [];

  constructor(limits: RuntimeLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get runs(): number {
    return this.#runs;
  }
  get bytes(): number {
    return this.#bytes;
  }

  /** No further run should be brought into memory. */
  get isFull(): boolean {
    return this.#exceeds(1);
  }

  get isPressed(): boolean {
    return this.#exceeds(PRESSURE_SHARE);
  }

  /** A run that waits only for times later than this leaves memory. */
  horizon(): Micros {
    return this.now() + (this.isPressed ? PRESSURE_HORIZON_MS : this.#limits.memoryHorizonMs) * 1_000;
  }

  now(): Micros {
    return this.#clock.now();
  }

  add(bytes: number): void {
    this.#runs++;
    this.#bytes += bytes;
  }

  grow(bytes: number): void {
    this.#bytes += bytes;
  }

  remove(bytes: number): void {
    this.#runs--;
    this.#bytes -= bytes;
    if (this.#waiting.length > 0) this.#wake();
  }

  /** Calls `read` as soon as there is room for runs that are due, a few at a time. `read` resolves when they have been added. */
  async withRoom<T>(read: () => Promise<T>): Promise<T> {
    while (!this.#hasRoom()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#reads++;
    try {
      return await read();
    } finally {
      this.#reads--;
      this.#wake();
    }
  }

  #wake(): void {
    if (this.#hasRoom()) this.#waiting.shift()?.();
  }

  #hasRoom(): boolean {
    return this.#reads < READS_MAX && !this.#exceeds(DUE_SHARE);
  }

  #exceeds(share: number): boolean {
    return this.#runs > this.#limits.runsLiveMax * share || this.#bytes > this.#limits.liveBytesMax * share;
  }
}
