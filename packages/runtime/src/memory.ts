import type { Micros } from "@meshhook/core";

import type { Clock } from "./clock.ts";
import type { RuntimeLimits } from "./limits.ts";

/** The share of memory that one project may use, so that others always find room. */
const PROJECT_SHARE = 3 / 4;
/** When this share of a limit is in use, runs that wait for a time leave memory early and no more are loaded. */
const PRESSURE_SHARE = 0.8;
const PRESSURE_HORIZON_MS = 5_000;
/** Runs that are due are loaded beyond the limits, up to this share, because runs that wait for answers must not delay them. */
const DUE_SHARE = 1.2;
/** The most pages that are read from the journal at the same time. */
const READS_MAX = 4;

/** The memory that runs use: all runs, or those of a project. */
interface Usage {
  runs: number;
  bytes: number;
}

interface ProjectUsage extends Usage {
  isPressed: boolean;
  /** Loads a run when the project has room; false when there is nothing to load. */
  readonly waiting: (() => boolean)[];
}

/**
 * How much of the memory for runs is in use, by which projects, and when there is room to load more of them.
 *
 * Bytes are an estimate of the parsed facts. What a fold derives from them is bounded by its budget of units.
 */
export class Memory {
  readonly #limits: RuntimeLimits;
  readonly #clock: Clock;
  readonly #all: Usage = { runs: 0, bytes: 0 };
  /** By project id, for every project that has had a run here. */
  readonly #projects = new Map<string, ProjectUsage>();
  #projectsPressed = 0;
  #reads = 0;
  #waiting: (() => void)[] = [];

  constructor(limits: RuntimeLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get runs(): number {
    return this.#all.runs;
  }
  get bytes(): number {
    return this.#all.bytes;
  }

  /** No further run should be brought into memory, whichever project it belongs to. */
  get isFull(): boolean {
    return this.#exceeds(this.#all, 1);
  }

  get isPressed(): boolean {
    return this.#exceeds(this.#all, PRESSURE_SHARE);
  }

  /** Runs that only wait for a time should leave memory, at least those of some project. */
  get hasPressure(): boolean {
    return this.#projectsPressed > 0 || this.isPressed;
  }

  /** No run of the project that is not in memory yet should be started. */
  isFullFor(projectId: string): boolean {
    return this.isFull || this.#projectExceeds(projectId, 1);
  }

  /** No more of the project's runs should be loaded. */
  isPressedFor(projectId: string): boolean {
    return this.isPressed || this.isShareUsed(projectId);
  }

  /** The project uses nearly all of its share, whatever other projects use. */
  isShareUsed(projectId: string): boolean {
    return this.#projects.get(projectId)?.isPressed === true;
  }

  /** There is room for a run of the project that is due. */
  hasRoomForDue(projectId: string): boolean {
    return !this.#projectExceeds(projectId, DUE_SHARE);
  }

  /** A run that waits only for times later than this leaves memory. Without a project: the latest such time for any project. */
  horizon(projectId?: string): Micros {
    const isShort = projectId === undefined ? this.isPressed : this.isPressedFor(projectId);
    return this.now() + (isShort ? PRESSURE_HORIZON_MS : this.#limits.memoryHorizonMs) * 1_000;
  }

  now(): Micros {
    return this.#clock.now();
  }

  add(projectId: string, bytes: number): void {
    this.#change(projectId, 1, bytes);
  }

  grow(projectId: string, bytes: number): void {
    this.#change(projectId, 0, bytes);
  }

  remove(projectId: string, bytes: number): void {
    this.#change(projectId, -1, -bytes);
    if (this.#waiting.length > 0) this.#wake();
    this.serveDue(projectId);
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

  /** Calls `load` when there is room for a run of the project that is due. `load` returns false when there is nothing to load. */
  whenRoomForDue(projectId: string, load: () => boolean): void {
    this.#usageOf(projectId).waiting.push(load);
  }

  /** Loads one of the project's due runs that wait for room. Call it again if that run turned out to be over. */
  serveDue(projectId: string): void {
    const waiting = this.#projects.get(projectId)?.waiting;
    if (waiting === undefined || waiting.length === 0 || !this.hasRoomForDue(projectId)) return;
    while (waiting.shift()?.() === false);
  }

  #wake(): void {
    if (this.#hasRoom()) this.#waiting.shift()?.();
  }

  #hasRoom(): boolean {
    return this.#reads < READS_MAX && !this.#exceeds(this.#all, DUE_SHARE);
  }

  #change(projectId: string, runs: number, bytes: number): void {
    this.#all.runs += runs;
    this.#all.bytes += bytes;
    const usage = this.#usageOf(projectId);
    usage.runs += runs;
    usage.bytes += bytes;
    const isPressed = this.#exceeds(usage, PROJECT_SHARE * PRESSURE_SHARE);
    if (isPressed !== usage.isPressed) {
      usage.isPressed = isPressed;
      this.#projectsPressed += isPressed ? 1 : -1;
    }
  }

  #usageOf(projectId: string): ProjectUsage {
    let usage = this.#projects.get(projectId);
    if (usage === undefined) {
      usage = { runs: 0, bytes: 0, isPressed: false, waiting: [] };
      this.#projects.set(projectId, usage);
    }
    return usage;
  }

  #projectExceeds(projectId: string, share: number): boolean {
    const usage = this.#projects.get(projectId);
    return usage !== undefined && this.#exceeds(usage, PROJECT_SHARE * share);
  }

  #exceeds(usage: Usage, share: number): boolean {
    return usage.runs > this.#limits.runsLiveMax * share || usage.bytes > this.#limits.liveBytesMax * share;
  }
}
