import type { HostResources, ProcessResources } from "../result/result.ts";
import { BackendUsage } from "./backend-usage.ts";
import { unixUs } from "./clock.ts";
import { hostBetween, readHost } from "./host.ts";
import type { HostReading } from "./host.ts";
import { readProcessTree } from "./process-tree.ts";
import type { ProcessUsage } from "./process-tree.ts";

/** One reading of every watched process and of the machine. */
export interface ResourceReading {
  /** Unix microseconds. */
  readonly atUs: number;
  readonly host: HostReading;
  readonly processes: ReadonlyMap<string, ProcessUsage>;
  /** CPU seconds of PostgreSQL's processes by type, since the first reading; absent where they were not watched. */
  readonly backends?: ReadonlyMap<string, number>;
}

/** Reads named process trees and the machine once a second, and whenever asked. */
export class ResourceSampler {
  readonly readings: ResourceReading[] = [];
  readonly #pids: Map<string, number>;
  /** CPU of processes that were watched under the same name before and are gone. */
  readonly #earlierCpuSeconds = new Map<string, number>();
  readonly #backends: (() => ReadonlyMap<number, string>) | null;
  readonly #usage = new BackendUsage();
  #timer: NodeJS.Timeout | null;

  /** @param backends  PostgreSQL's processes now, by id; null where they run elsewhere. */
  constructor(pids: { readonly [name: string]: number }, backends: (() => ReadonlyMap<number, string>) | null = null) {
    this.#pids = new Map(Object.entries(pids));
    this.#backends = backends;
    this.#timer = setInterval(() => this.read(), 1_000);
    this.read();
  }

  /** Watches one more process tree. */
  add(name: string, pid: number): void {
    this.#pids.set(name, pid);
  }

  /** From now on, `name` is this process. If it was another one before, that one ended, and its CPU stays counted. */
  follow(name: string, pid: number): void {
    if (this.#pids.get(name) === pid) return;
    const last = this.readings.findLast((reading) => reading.processes.has(name));
    this.#earlierCpuSeconds.set(name, last?.processes.get(name)?.cpuSeconds ?? 0);
    this.#pids.set(name, pid);
  }

  read(): ResourceReading {
    const processes = new Map<string, ProcessUsage>();
    for (const [name, pid] of this.#pids) {
      const usage = readProcessTree(pid, new Set([...this.#pids.values()].filter((other) => other !== pid)));
      const earlier = this.#earlierCpuSeconds.get(name) ?? 0;
      if (usage !== null) processes.set(name, { ...usage, cpuSeconds: usage.cpuSeconds + earlier });
    }
    const reading = {
      atUs: unixUs(),
      host: readHost(),
      processes,
      ...(this.#backends === null ? {} : { backends: this.#usage.read(this.#backends()) }),
    };
    this.readings.push(reading);
    return reading;
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

/** What each process used between two readings, with its largest share of one core over any one reading to the next. */
export function resourcesBetween(
  readings: readonly ResourceReading[],
  before: ResourceReading,
  after: ResourceReading,
): ProcessResources[] {
  const within = readings.filter((reading) => reading.atUs >= before.atUs && reading.atUs <= after.atUs);
  const names = new Set(within.flatMap((reading) => [...reading.processes.keys()]));
  return [...names].map((name) => {
    let cpuShareMax = 0;
    let rssBytesMax = 0;
    within.forEach((reading, index) => {
      rssBytesMax = Math.max(rssBytesMax, reading.processes.get(name)?.rssBytes ?? 0);
      const share = cpuShare(within[index - 1], reading, name);
      if (share !== null) cpuShareMax = Math.max(cpuShareMax, share);
    });
    // A process may have ended within the window, as the generator does with its last answer: what it used until then counts.
    const having = within.filter((reading) => reading.processes.has(name));
    const [first = before, last = after] = [having[0], having.at(-1)];
    return { name, cpuSeconds: cpuSecondsBetween(first, last, name), cpuShareMax, rssBytesMax };
  });
}

/** What each process of a tree used between two readings, in CPU seconds, by its id. */
export function eachBetween(
  readings: readonly ResourceReading[],
  before: ResourceReading,
  after: ResourceReading,
  name: string,
): ReadonlyMap<string, number> {
  const eachOf = (reading: ResourceReading) => Object.entries(reading.processes.get(name)?.each ?? {});
  const atFirst = new Map(eachOf(before));
  const used = new Map<string, number>();
  // Those that started meanwhile began at 0; of those that ended, the last reading counts.
  for (const reading of readings.filter(({ atUs }) => atUs > before.atUs && atUs <= after.atUs))
    for (const [pid, seconds] of eachOf(reading)) used.set(pid, Math.max(0, seconds - (atFirst.get(pid) ?? 0)));
  return used;
}

/** CPU seconds of a process between two readings; 0 when either does not have it. */
export function cpuSecondsBetween(before: ResourceReading, after: ResourceReading, name: string): number {
  const [from, to] = [before.processes.get(name), after.processes.get(name)];
  return from === undefined || to === undefined ? 0 : Math.max(0, to.cpuSeconds - from.cpuSeconds);
}

/** Share of one core (above 1 with several) between two neighbouring readings; null without both. */
export function cpuShare(before: ResourceReading | undefined, after: ResourceReading, name: string): number | null {
  const from = before?.processes.get(name);
  const to = after.processes.get(name);
  if (before === undefined || from === undefined || to === undefined) return null;
  const seconds = (after.atUs - before.atUs) / 1e6;
  // Counters come in hundredths of a second: over less than half a second a share would be mostly rounding.
  return seconds < 0.5 ? null : Math.max(0, to.cpuSeconds - from.cpuSeconds) / seconds;
}

export function hostResourcesBetween(before: ResourceReading, after: ResourceReading): HostResources {
  return hostBetween(before.host, after.host);
}
