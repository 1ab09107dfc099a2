import type { Micros } from "@meshhook/core";

import type { Clock, Timer } from "./clock.ts";

interface Entry {
  readonly dueAt: Micros;
  readonly order: number;
  /** Null: canceled. The entry itself stays in the heap until its time or the next cleanup. */
  action: (() => void) | null;
}

/** The heap is cleaned up when it has this many canceled entries, and more of them than others. */
const CANCELED_MIN = 1_024;

/** Node's longest timer; beyond it, setTimeout fires at once. */
const TIMEOUT_MS_MAX = 2_147_483_647;

/**
 * Actions at given times: a binary heap and one timer.
 *
 * Never early by the given clock; late by the event loop's delay. Equal times run in the order they were added.
 */
export class DueQueue {
  readonly #clock: Clock;
  #heap: Entry[] = [];
  #canceled = 0;
  #order = 0;
  #timer: Timer | null = null;
  #timerDueAt = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#heap.length - this.#canceled;
  }

  /** When the next action is due; null: there is none. */
  get nextAt(): Micros | null {
    const [first] = this.#heap;
    return first === undefined || first.action === null ? null : first.dueAt;
  }

  /** Returns a function that cancels the entry and releases its action; calling it after the entry ran does nothing. */
  add(dueAt: Micros, action: () => void): () => void {
    const entry: Entry = { dueAt, order: this.#order++, action };
    this.#push(entry);
    this.#arm();
    return () => {
      if (entry.action === null) return;
      entry.action = null;
      this.#canceled++;
      if (this.#canceled >= CANCELED_MIN && this.#canceled > this.#heap.length / 2) this.#clearOut();
    };
  }

  clear(): void {
    // Cancelling an entry later does nothing.
    for (const entry of this.#heap) entry.action = null;
    this.#heap = [];
    this.#canceled = 0;
    if (this.#timer !== null) this.#clock.clearTimer(this.#timer);
    this.#timer = null;
    this.#timerDueAt = Infinity;
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.dueAt >= this.#timerDueAt) return;
    if (this.#timer !== null) this.#clock.clearTimer(this.#timer);
    const waitMs = Math.min(TIMEOUT_MS_MAX, Math.max(0, Math.ceil((first.dueAt - this.#clock.now()) / 1_000)));
    this.#timerDueAt = first.dueAt;
    this.#timer = this.#clock.setTimer(() => this.#run(), waitMs);
  }

  #run(): void {
    this.#timer = null;
    this.#timerDueAt = Infinity;
    const now = this.#clock.now();
    for (let first = this.#heap[0]; first !== undefined && first.dueAt <= now; first = this.#heap[0]) {
      this.#pop();
      const { action } = first;
      first.action = null;
      if (action === null) this.#canceled--;
      else action();
    }
    this.#arm();
  }

  #clearOut(): void {
    const kept = this.#heap.filter(({ action }) => action !== null);
    this.#heap = [];
    this.#canceled = 0;
    // When appended in order, each entry is already in its place.
    for (const entry of kept.sort((one, other) => one.dueAt - other.dueAt || one.order - other.order))
      this.#heap.push(entry);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = heap[below];
      if (left === undefined) break;
      const right = heap[below + 1];
      if (right !== undefined && isBefore(right, left)) below++;
      const child = heap[below];
      if (child === undefined || !isBefore(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.dueAt < other.dueAt || (one.dueAt === other.dueAt && one.order < other.order);
}
