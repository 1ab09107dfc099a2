import type { Micros } from "@meshhook/core";

import type { Clock } from "./clock.ts";
import type { RuntimeLimits } from "./limits.ts";
import type { LiveRun } from "./live-run.ts";
import type { Shard } from "./shard.ts";
import type { Weight } from "./weigh.ts";

/** When this share of a limit is in use, runs that wait for a time leave memory early and no more are loaded. */
const PRESSURE_SHARE = 0.8;
const PRESSURE_HORIZON_MS = 5_000;
/** Runs that are due are loaded beyond the limits, up to this share, because runs that wait for answers must not delay them. */
const DUE_SHARE = 1.2;
/** What the new runs of one project may have of a limit, so that those of others find room while they wait for answers. */
const PROJECT_SHARE = 3 / 4;
/** The most pages that are read from the journal at the same time. */
const READS_MAX = 4;

/**
 * Which runs are in memory, how much of it they use, and when there is room to load more of them.
 *
 * Bytes are an estimate of the parsed facts. What a fold derives from them is bounded by its budget of units.
 */
export class Memory {
  readonly #limits: RuntimeLimits;
  readonly #clock: Clock;
  readonly #used: Use = { runs: 0, bytes: 0 };
  /** By id. A project keeps its entry, because most runs come and go within moments. */
  readonly #usedByProject = new Map<string, Use>();
  #reads = 0;
  #waiting: (() => void)[] = [];

  constructor(limits: RuntimeLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get runs(): number {
    return this.#used.runs;
  }
  get bytes(): number {
    return this.#used.bytes;
  }

  /** No further run should be brought into memory. */
  get isFull(): boolean {
    return this.#exceeds(1);
  }

  /** No further run of this project should stay in memory. */
  isFullFor(projectId: string): boolean {
    return this.isFull || this.#exceeds(PROJECT_SHARE, this.#usedBy(projectId));
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

  /** A run, weighed, comes into memory. */
  add(shard: Shard, live: LiveRun): void {
    shard.live.add(live);
    this.#count(live, 1, live.heapBytes);
  }

  /** A run in memory gets a fact. */
  grow(live: LiveRun, { heap, text }: Weight): void {
    live.heapBytes += heap;
    live.textBytes += text;
    live.pendingBytes += text;
    this.#count(live, 0, heap);
  }

  /** A run leaves memory: nothing that it waits for here brings it back. Does nothing if it has left already. */
  remove(shard: Shard, live: LiveRun): void {
    if (!shard.remove(live)) return;
    live.stage = "gone";
    live.stopWaits();
    this.#count(live, -1, -live.heapBytes);
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

  #exceeds(share: number, { runs, bytes }: Use = this.#used): boolean {
    return runs > this.#limits.runsLiveMax * share || bytes > this.#limits.liveBytesMax * share;
  }

  #count({ projectId }: LiveRun, runs: number, bytes: number): void {
    this.#used.runs += runs;
    this.#used.bytes += bytes;
    const ofProject = this.#usedBy(projectId);
    ofProject.runs += runs;
    ofProject.bytes += bytes;
  }

  #usedBy(projectId: string): Use {
    let use = this.#usedByProject.get(projectId);
    if (use === undefined) this.#usedByProject.set(projectId, (use = { runs: 0, bytes: 0 }));
    return use;
  }
}

/** Runs in memory, and their estimated bytes. */
interface Use {
  runs: number;
  bytes: number;
}
