import type { Micros } from "@meshhook/core";

import type { Clock } from "./clock.ts";
import type { RuntimeLimits } from "./limits.ts";

/** With this share of a limit in use, runs that wait for a time leave memory early and no more are read back. */
const PRESSURE_SHARE = 0.8;
const PRESSURE_HORIZON_MS = 5_000;
/** Runs whose time has come are read back beyond the limits, as far as this: others that wait for answers must not hold them up. */
const DUE_SHARE = 1.2;
/** Pages that are read from the journal at the same time. */
const READS_MAX = 4;

/**
 * How much of the memory for runs is in use, and when there is room to read more of them back.
 *
 * Bytes are an estimate: what facts weigh when they are parsed. What a fold derives from them is bounded by its budget of units.
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

  /** No run that is not in memory yet should be started. */
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

  /** Does `read` as soon as there is room for runs whose time has come; few at a time. It resolves when they have been added. */
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
