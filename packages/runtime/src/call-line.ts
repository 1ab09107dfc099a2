import type { CallEffect, Micros } from "@meshhook/core";

import type { Pass } from "./call/origin-gate.ts";
import type { LiveRun } from "./live-run.ts";
import type { RuntimeLimits } from "./limits.ts";
import type { Memory } from "./memory.ts";

/** What one run, and what one project, may have of the whole, so that others always find a place. */
const RUN_SHARE = 1 / 2;
const PROJECT_SHARE = 3 / 4;
/** So many calls may be out although memory for runs is full: their answers are what makes room. */
const CALLS_WHEN_FULL = 32;

/** Calls that are out, and their requests' bytes: of everybody, of a project, or of a run. */
interface Share {
  calls: number;
  bytes: number;
}

/** One call's place: waiting in line, or taken until `leave`. */
export interface Place {
  readonly live: LiveRun;
  readonly bytes: number;
  /** When the call was due. */
  readonly dueAt: Micros;
  /** Null once the place is taken or given up. */
  start: (() => void) | null;
  isTaken: boolean;
  /** What the call was let through the gate of its origin with, to be given back with the place; null where it has none. */
  pass: Pass | null;
}

interface ProjectLine {
  readonly share: Share;
  /** Runs with calls that wait, in the order of their turns; a run that has its share already is not in it. */
  readonly turns: RunLine[];
}

/** A run's calls in the line. */
export interface RunLine {
  readonly live: LiveRun;
  readonly share: Share;
  readonly places: Place[];
  isInTurn: boolean;
}

/**
 * The line in front of the network: how many calls are out, and how many bytes of requests they hold.
 *
 * Beyond the limits calls wait here, in a few bytes each, because their requests are made when they start. Turns go round the projects,
 * and within a project round its runs: a run of 900 calls does not hold up others.
 */
export class CallLine {
  readonly #limits: RuntimeLimits;
  readonly #memory: Memory;
  readonly #all: Share = { calls: 0, bytes: 0 };
  readonly #projects = new Map<string, ProjectLine>();
  #turns: ProjectLine[] = [];
  #waiting = 0;
  #isServing = false;
  #mustServe = false;

  constructor(limits: RuntimeLimits, memory: Memory) {
    this.#limits = limits;
    this.#memory = memory;
  }

  /** Calls that wait for a place. */
  get waiting(): number {
    return this.#waiting;
  }

  /** When the call was due that has waited the longest; null: none waits. Looks at all of them. */
  get oldestDueAt(): Micros | null {
    let oldest = Infinity;
    for (const project of this.#projects.values())
      for (const run of project.turns)
        for (const { dueAt, start } of run.places) if (start !== null) oldest = Math.min(oldest, dueAt);
    return oldest === Infinity ? null : oldest;
  }

  /**
   * Takes a place, if there is one now (`isTaken`); otherwise calls `start` when there is one. It must be given back by `leave`, whatever
   * happens.
   */
  enter(
    live: LiveRun,
    { requestBytes: bytes, dueAt }: Pick<CallEffect, "requestBytes" | "dueAt">,
    start: () => void,
  ): Place {
    const place: Place = { live, bytes, dueAt, start, isTaken: false, pass: null };
    const project = this.#projectOf(live);
    const run = (live.callLine ??= { live, share: { calls: 0, bytes: 0 }, places: [], isInTurn: false });
    if (run.places.length === 0 && this.#fits(project, run, bytes)) {
      place.start = null;
      this.#take(project, run, place);
      return place;
    }
    this.#waiting++;
    run.places.push(place);
    this.#queue(project, run);
    return place;
  }

  /** Gives a place up, taken or not. Again does nothing. */
  leave(place: Place): void {
    const { live, bytes } = place;
    if (place.isTaken) {
      place.isTaken = false;
      const project = this.#projectOf(live);
      for (const share of [this.#all, project.share, live.callLine?.share]) {
        if (share === undefined) continue;
        share.calls--;
        share.bytes -= bytes;
      }
      if (live.callLine !== null && live.callLine.places.length > 0) this.#queue(project, live.callLine);
      if (this.#waiting > 0) this.#serve();
      if (project.share.calls === 0 && project.turns.length === 0) this.#projects.delete(live.projectId);
    } else if (place.start !== null) {
      // Taken out when its turn comes.
      place.start = null;
      this.#waiting--;
    }
    place.pass?.leave();
  }

  #take(project: ProjectLine, run: RunLine, place: Place): void {
    const { start } = place;
    place.start = null;
    place.isTaken = true;
    for (const share of [this.#all, project.share, run.share]) {
      share.calls++;
      share.bytes += place.bytes;
    }
    start?.();
  }

  /** Lets in the calls that fit, each project and each run in its turn. */
  #serve(): void {
    this.#mustServe = true;
    // What starts may end at once, and come back here: the loop below sees to it.
    if (this.#isServing) return;
    this.#isServing = true;
    while (this.#mustServe) {
      this.#mustServe = false;
      for (let misses = 0; misses < this.#turns.length;) {
        const project = this.#turns.shift();
        if (project === undefined) break;
        const isServed = this.#serveOne(project);
        if (project.turns.length > 0) {
          this.#turns.push(project);
          misses = isServed ? 0 : misses + 1;
        } else if (isServed) {
          misses = 0;
        }
      }
    }
    this.#isServing = false;
  }

  /** Lets one call of a project in. False when none fits. */
  #serveOne(project: ProjectLine): boolean {
    for (let left = project.turns.length; left > 0; left--) {
      const run = project.turns.shift();
      if (run === undefined) return false;
      while (run.places[0]?.start === null) run.places.shift();
      const first = run.places[0];
      run.isInTurn = false;
      if (first === undefined) continue;
      if (!this.#fits(project, run, first.bytes)) {
        // A run that has its share comes back when a call of its own ends; otherwise it keeps its turn.
        if (has(run.share, first.bytes, this.#limits, RUN_SHARE)) this.#queueFirst(project, run);
        if (!has(project.share, first.bytes, this.#limits, PROJECT_SHARE) || !this.#hasRoom(first.bytes)) return false;
        continue;
      }
      run.places.shift();
      if (run.places.length > 0) this.#queue(project, run);
      this.#waiting--;
      this.#take(project, run, first);
      return true;
    }
    return false;
  }

  #queue(project: ProjectLine, run: RunLine): void {
    if (run.isInTurn) return;
    run.isInTurn = true;
    project.turns.push(run);
    if (!this.#turns.includes(project)) this.#turns.push(project);
  }

  #queueFirst(project: ProjectLine, run: RunLine): void {
    run.isInTurn = true;
    project.turns.unshift(run);
  }

  #fits(project: ProjectLine, run: RunLine, bytes: number): boolean {
    return (
      this.#hasRoom(bytes) &&
      has(project.share, bytes, this.#limits, PROJECT_SHARE) &&
      has(run.share, bytes, this.#limits, RUN_SHARE)
    );
  }

  #hasRoom(bytes: number): boolean {
    if (this.#memory.isFull && this.#all.calls >= CALLS_WHEN_FULL) return false;
    return has(this.#all, bytes, this.#limits, 1);
  }

  #projectOf(live: LiveRun): ProjectLine {
    let project = this.#projects.get(live.projectId);
    if (project === undefined) {
      project = { share: { calls: 0, bytes: 0 }, turns: [] };
      this.#projects.set(live.projectId, project);
    }
    return project;
  }
}

/** Whether one more call fits into a share of the limits. One that is larger than the share goes alone. */
function has(share: Share, bytes: number, limits: RuntimeLimits, part: number): boolean {
  if (share.calls === 0) return true;
  return share.calls < limits.callsMax * part && share.bytes + bytes <= limits.callBytesMax * part;
}
