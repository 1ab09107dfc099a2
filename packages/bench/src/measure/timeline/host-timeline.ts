import { unixUs } from "../clock.ts";
import { hostBetween, readHost } from "../host.ts";
import type { HostReading } from "../host.ts";
import { readProcessTree } from "../process-tree.ts";
import { readRunQueueUs } from "./run-queue.ts";

/** What the machine did in a twentieth of a second. Shares are 0 to 1; null where the kernel does not say. */
export interface HostMoment {
  /** Unix microseconds. */
  readonly fromUs: number;
  readonly untilUs: number;
  readonly stealShare: number;
  readonly cpuPressureShare: number | null;
  readonly ioPressureShare: number | null;
  /** Part of the time in which MeshHook's main thread was ready and had no CPU; of several processes, the one that waited longest. */
  readonly meshhookWaitShare: number | null;
  /** The same, of all PostgreSQL processes together; at most 1. */
  readonly postgresWaitShare: number | null;
}

export interface HostTimelineOptions {
  /** Of MeshHook, now: a fault may replace it. Processes that it started belong to it. */
  readonly meshhookPid: () => number;
  /** Of PostgreSQL's processes; empty where they run on another machine. */
  readonly postgresPids: () => readonly number[];
}

const EVERY_MS = 50;
/** Looking for processes costs more than reading those that are known. */
const LOOK_EVERY_MS = 1_000;

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
  #meshhook: { readonly root: number; readonly pids: readonly number[]; readonly foundMs: number } | null = null;
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
      meshhookWaitShare: largest(waitShares(last.meshhook, reading.meshhook, us)),
      postgresWaitShare: total(waitShares(last.postgres, reading.postgres, us)),
    });
  }

  #read(): Reading {
    return {
      atUs: unixUs(),
      host: readHost(),
      meshhook: readRunQueues(this.#meshhookPids()),
      postgres: readRunQueues(this.#options.postgresPids()),
    };
  }

  #meshhookPids(): readonly number[] {
    const root = this.#options.meshhookPid();
    const now = performance.now();
    if (this.#meshhook?.root !== root || now - this.#meshhook.foundMs >= LOOK_EVERY_MS)
      this.#meshhook = { root, pids: Object.keys(readProcessTree(root)?.each ?? {}).map(Number), foundMs: now };
    return this.#meshhook.pids;
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
function waitShares(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>, us: number): number[] {
  return [...after].flatMap(([pid, until]) => {
    const from = before.get(pid);
    return from === undefined ? [] : [Math.min(1, Math.max(0, until - from) / us)];
  });
}

function largest(shares: readonly number[]): number | null {
  return shares.length === 0 ? null : Math.max(...shares);
}

/** At most 1. */
function total(shares: readonly number[]): number | null {
  if (shares.length === 0) return null;
  return Math.min(
    1,
    shares.reduce((sum, share) => sum + share, 0),
  );
}
