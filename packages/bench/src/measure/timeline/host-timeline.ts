import { unixUs } from "../clock.ts";
import { hostBetween, readHost } from "../host.ts";
import type { HostReading } from "../host.ts";
import { readRunQueueUs } from "./run-queue.ts";

/** What the machine did in a twentieth of a second. Shares are 0 to 1; null where the kernel does not say. */
export interface HostMoment {
  /** Unix microseconds. */
  readonly fromUs: number;
  readonly untilUs: number;
  readonly stealShare: number;
  readonly cpuPressureShare: number | null;
  readonly ioPressureShare: number | null;
  /** Part of the time in which MeshHook's main thread was ready and had no CPU. */
  readonly meshhookWaitShare: number | null;
  /** The same, of all PostgreSQL processes together; at most 1. */
  readonly postgresWaitShare: number | null;
}

export interface HostTimelineOptions {
  /** Of MeshHook, now: a fault may replace it. */
  readonly meshhookPid: () => number;
  /** Of PostgreSQL's processes; empty where they run on another machine. */
  readonly postgresPids: () => readonly number[];
}

const EVERY_MS = 50;

/**
 * Reads the machine's counters twenty times a second, in the benchmark's own process.
 *
 * Cost: three small files and one per process of MeshHook and PostgreSQL, 0.3 ms at each reading.
 */
export class HostTimeline {
  readonly #options: HostTimelineOptions;
  /** So far, in the order of time. */
  readonly moments: HostMoment[] = [];
  readonly #timer: NodeJS.Timeout;
  #last: Reading;

  constructor(options: HostTimelineOptions) {
    this.#options = options;
    this.#last = this.#read();
    this.#timer = setInterval(() => this.#take(), EVERY_MS);
  }

  /** Ends the timeline; fine to call twice. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #take(): void {
    const last = this.#last;
    const reading = this.#read();
    this.#last = reading;
    const us = Math.max(1, reading.atUs - last.atUs);
    const { stealShare, cpuPressureShare, ioPressureShare } = hostBetween(last.host, reading.host);
    this.moments.push({
      fromUs: last.atUs,
      untilUs: reading.atUs,
      stealShare,
      cpuPressureShare,
      ioPressureShare,
      meshhookWaitShare: waitShare(last.meshhook, reading.meshhook, us),
      postgresWaitShare: waitShare(last.postgres, reading.postgres, us),
    });
  }

  #read(): Reading {
    const { meshhookPid, postgresPids } = this.#options;
    return {
      atUs: unixUs(),
      host: readHost(),
      meshhook: readRunQueues([meshhookPid()]),
      postgres: readRunQueues(postgresPids()),
    };
  }
}

interface Reading {
  readonly atUs: number;
  readonly host: HostReading;
  readonly meshhook: ReadonlyMap<number, number>;
  readonly postgres: ReadonlyMap<number, number>;
}

function readRunQueues(pids: readonly number[]): ReadonlyMap<number, number> {
  const waits = new Map<number, number>();
  for (const pid of pids) {
    const us = readRunQueueUs(pid);
    if (us !== null) waits.set(pid, us);
  }
  return waits;
}

/** Of the processes that both readings have. */
function waitShare(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>, us: number): number | null {
  let waited: number | null = null;
  for (const [pid, until] of after) {
    const from = before.get(pid);
    if (from !== undefined) waited = (waited ?? 0) + Math.max(0, until - from);
  }
  return waited === null ? null : Math.min(1, waited / us);
}
