/**
 * Runs inside the measured MeshHook, loaded by `--import` before anything of MeshHook's: notes collections and what holds up the event
 * loop, with their instants, which nobody can see from outside.
 *
 * It imports nothing of MeshHook's, changes nothing and keeps no process alive. Cost: 50 turns of a timer a second, which read two
 * counters and write when there is something to say: 1 % of a core (decision 43).
 */
import { closeSync, openSync, readSync, write, writeSync } from "node:fs";
import { constants, performance, PerformanceObserver } from "node:perf_hooks";
import type { NodeGCPerformanceDetail, PerformanceEntry } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import { isMainThread } from "node:worker_threads";
import { unixUs } from "../clock.ts";
import type { CollectionType, ProbeRecord } from "./record.ts";

/** Waking up is what costs: half of this would cost twice as much. */
const TICK_MS = 20;
/** Less is the resolution of timers. */
const LATE_US_MIN = 4_000;
/** Part of a stretch in which the thread ran or wanted to. */
const BUSY_SHARE_MIN = 0.5;
/** Shorter ones are too many to list and explain nothing; they are in the totals. */
const COLLECTION_MS_MIN = 1;
const FLUSH_EVERY_TICKS = 10;

/** Node's types leave out `detail`. */
interface CollectionEntry extends PerformanceEntry {
  readonly detail?: NodeGCPerformanceDetail;
}

const path = new URL(import.meta.url).searchParams.get("out");
if (path !== null && isMainThread) start(path);

function start(path: string): void {
  const file = openSync(path, "a");
  // What a killed process left unfinished ends here.
  let text = "\n";
  let isWriting = false;
  const note = (record: ProbeRecord) => {
    text += `${JSON.stringify(record)}\n`;
  };
  const flush = () => {
    if (text === "" || isWriting) return;
    isWriting = true;
    const part = text;
    text = "";
    write(file, part, () => {
      isWriting = false;
    });
  };

  const totals = { collections: 0, collectionMs: 0 };
  new PerformanceObserver((entries) => {
    for (const entry of entries.getEntries() as readonly CollectionEntry[]) {
      const { startTime, duration, detail } = entry;
      totals.collections += 1;
      totals.collectionMs += duration;
      if (duration < COLLECTION_MS_MIN) continue;
      const fromUs = unixUs() + (startTime - performance.now()) * 1_000;
      const type = typeOf(detail?.kind);
      note({ kind: "collection", type, fromUs: Math.round(fromUs), untilUs: Math.round(fromUs + duration * 1_000) });
    }
  }).observe({ entryTypes: ["gc"] });

  const readWaitedUs = openRunQueue();
  let last = { ms: performance.now(), cpuUs: readCpuUs(), waitedUs: readWaitedUs() };
  let loop = performance.eventLoopUtilization();
  let ticks = 0;
  let secondMs = performance.now();
  setInterval(() => {
    const turn = { ms: performance.now(), cpuUs: readCpuUs(), waitedUs: readWaitedUs() };
    const us = (turn.ms - last.ms) * 1_000;
    const lateUs = Math.max(0, us - TICK_MS * 1_000);
    const cpuUs = turn.cpuUs - last.cpuUs;
    const waitedUs = turn.waitedUs === null || last.waitedUs === null ? null : turn.waitedUs - last.waitedUs;
    last = turn;
    if (lateUs > LATE_US_MIN || cpuUs + (waitedUs ?? 0) > BUSY_SHARE_MIN * us) {
      const untilUs = Math.round(unixUs());
      note({
        kind: "busy",
        fromUs: untilUs - Math.round(us),
        untilUs,
        lateUs: Math.round(lateUs),
        cpuUs,
        waitedUs: waitedUs === null ? null : Math.round(waitedUs),
      });
    }
    ticks += 1;
    if (turn.ms - secondMs >= 1_000) {
      secondMs = turn.ms;
      const loopNow = performance.eventLoopUtilization();
      note({
        kind: "second",
        pid: process.pid,
        atUs: Math.round(unixUs()),
        utilization: performance.eventLoopUtilization(loopNow, loop).utilization,
        ...totals,
        heapUsedBytes: getHeapStatistics().used_heap_size,
      });
      loop = loopNow;
      totals.collections = 0;
      totals.collectionMs = 0;
    }
    if (ticks % FLUSH_EVERY_TICKS === 0) flush();
  }, TICK_MS).unref();
  process.on("exit", () => {
    writeSync(file, text);
    closeSync(file);
  });
}

function readCpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/** How long this thread has been ready without a CPU, microseconds; the file stays open, which makes a reading cost 2 µs. */
function openRunQueue(): () => number | null {
  const buffer = Buffer.alloc(128);
  try {
    const file = openSync("/proc/thread-self/schedstat", "r");
    return () => {
      const length = readSync(file, buffer, 0, buffer.length, 0);
      return Number(buffer.toString("latin1", 0, length).split(" ")[1]) / 1_000;
    };
  } catch {
    return () => null;
  }
}

function typeOf(kind: number | undefined): CollectionType {
  switch (kind) {
    case constants.NODE_PERFORMANCE_GC_MAJOR:
      return "major";
    case constants.NODE_PERFORMANCE_GC_INCREMENTAL:
      return "incremental";
    case constants.NODE_PERFORMANCE_GC_WEAKCB:
      return "weak callbacks";
    default:
      return "minor";
  }
}
