import type { StartLoad } from "../drivers/driver.ts";
import type { LoadReport, RunningLoad } from "../load/generator/generator.ts";
import type { LoadInterval, LoadPlan, Payload } from "../load/generator/protocol.ts";
import { warmedUp } from "../load/profile/profile.ts";
import { unixUs } from "../measure/clock.ts";
import type { ClockCheck } from "../result/result.ts";
import type { ExactCounters } from "../measure/postgres-activity.ts";
import { ResourceSampler } from "../measure/resource-sampler.ts";
import type { ResourceReading } from "../measure/resource-sampler.ts";
import { REQUESTS_MAX } from "../scenario/load.ts";
import type { PacedLoad, SaturatingLoad } from "../scenario/load.ts";
import { WarmupWatch } from "./steady-window.ts";

/**
 * Every counter, read at about the instant at which the measured window opens or closes. The window does not wait for them: it is fixed
 * by intended time, and each reading says by its own timestamp what stretch it belongs to.
 */
export interface WindowEdge {
  readonly atUs: number;
  readonly resources: ResourceReading;
  readonly database: ExactCounters;
}

export interface MeasuredLoad {
  readonly report: LoadReport;
  /** Of a saturating load, in microseconds of its ledger: from the instant at which its warm-up was found to be over. */
  readonly window?: { readonly fromUs: number; readonly untilUs: number };
  /** The generator's clock, before and after. */
  readonly clocks?: readonly ClockCheck[];
  readonly from: WindowEdge;
  readonly until: WindowEdge;
  readonly readings: readonly ResourceReading[];
  readonly notes: readonly string[];
}

export interface LoadOptions {
  readonly target: LoadPlan["target"];
  readonly payloads: readonly Payload[];
  readonly key?: NonNullable<LoadPlan["key"]>;
  readonly load: PacedLoad | SaturatingLoad;
  /** Sends it: the built-in generator, or another program. */
  readonly startLoad: StartLoad;
  readonly ledgerPath: string;
  /** PostgreSQL's counters now. */
  readonly readCounters: () => Promise<ExactCounters>;
  readonly pids: { readonly [name: string]: number };
  /** PostgreSQL's processes now, by id and type. */
  readonly backends: () => ReadonlyMap<number, string>;
  readonly signal: AbortSignal | undefined;
  /** Does the scenario's faults, counted from the call, until the signal aborts; resolves when they are undone. */
  readonly runFaults: (signal: AbortSignal, sampler: ResourceSampler) => Promise<void>;
  readonly onInterval: (interval: LoadInterval) => void;
}

/**
 * Sends a scenario's load and reads every counter at about both edges of the measured window.
 *
 * A paced load is measured from the end of its warm-up to its last request, by intended time; a saturating one for `durationMs` from
 * the instant at which its rate was found to be steady. Neither waits for a counter: a query that returns late, in a stall, moves no
 * window.
 */
export async function runMeasuredLoad(options: LoadOptions): Promise<MeasuredLoad> {
  const { load, signal } = options;
  const notes: string[] = [];
  const sampler = new ResourceSampler(options.pids, options.backends);
  const edges: { from?: WindowEdge; until?: WindowEdge } = {};
  const watch = load.kind === "saturating" ? new WarmupWatch(load.warmupMsMax) : null;
  const work: Promise<void>[] = [];
  const timers: NodeJS.Timeout[] = [];
  const ending = new AbortController();
  let faults: Promise<void> = Promise.resolve();
  let running: RunningLoad | null = null;
  let opensUs: number | null = null;

  const readEdge = async (): Promise<WindowEdge> => {
    const [database, resources] = [await options.readCounters(), sampler.read()];
    return { atUs: unixUs(), resources, database };
  };
  const later = (ms: number, act: () => Promise<void>) => {
    timers.push(
      setTimeout(() => {
        work.push(act());
      }, ms),
    );
  };
  const openWindow = async () => {
    opensUs = unixUs();
    later(load.durationMs, async () => {
      edges.until = await readEdge();
      if (load.kind === "saturating") running?.stop();
    });
    faults = options.runFaults(ending.signal, sampler);
    // It is awaited with everything else; until then its failure is nobody's.
    faults.catch(() => undefined);
    work.push(faults);
    edges.from = await readEdge();
  };

  try {
    let isWarm = false;
    running = await options.startLoad(
      {
        target: options.target,
        model: modelOf(load),
        payloads: options.payloads,
        ...(options.key === undefined ? {} : { key: options.key }),
        timeoutMs: REQUEST_MS_MAX,
        requestsMax: REQUESTS_MAX,
        ledgerPath: options.ledgerPath,
      },
      (interval) => {
        options.onInterval(interval);
        if (watch === null || isWarm) return;
        const verdict = watch.take(interval.atUs, interval.acked);
        if (verdict === null) return;
        isWarm = true;
        if (verdict === "timeout")
          notes.push(
            "The rate did not become steady within the time allowed for the warm-up, so measuring started at its end.",
          );
        work.push(openWindow());
      },
    );
    sampler.add("generator", running.pid);
    if (load.kind === "paced") later(load.warmupMs, openWindow);
    const stop = () => running?.stop();
    signal?.addEventListener("abort", stop, { once: true });
    const report = await running.finished;
    signal?.removeEventListener("abort", stop);
    signal?.throwIfAborted();
    // Work begets work: an open window plans its own end.
    for (let done = 0; done < work.length || edges.until === undefined; done += 1) {
      const next = work[done];
      if (next === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        done -= 1;
      } else await next;
    }
    const { from, until } = edges;
    if (from === undefined || until === undefined) throw new Error("The load ended before its measured window.");
    const fromUs = (opensUs ?? from.atUs) - report.startedAtUs;
    return {
      report,
      ...(load.kind === "saturating" ? { window: { fromUs, untilUs: fromUs + load.durationMs * 1_000 } } : {}),
      clocks: report.clocks ?? [],
      from,
      until,
      readings: sampler.readings,
      notes,
    };
  } finally {
    ending.abort();
    for (const timer of timers) clearTimeout(timer);
    await faults.catch(() => undefined);
    sampler.stop();
    await running?.abort();
  }
}

function modelOf(load: PacedLoad | SaturatingLoad): LoadPlan["model"] {
  if (load.kind === "saturating") {
    // The window decides when it ends; this is only the rope it may not leave.
    const durationMs = load.warmupMsMax + load.durationMs + 5_000;
    return { kind: "closed", senders: load.senders, durationMs };
  }
  return {
    kind: "open",
    profile: warmedUp(load.profile, load.warmupMs),
    inFlightMax: IN_FLIGHT_MAX,
    unsentAfterMs: UNSENT_AFTER_MS,
  };
}

/** Connections of an open load: two seconds' worth of a nominal rate. */
export const IN_FLIGHT_MAX = 256;

/** No answer after this long counts as a timeout. */
export const REQUEST_MS_MAX = 10_000;

/** A request that found no connection for this long is given up. */
export const UNSENT_AFTER_MS = 5_000;
