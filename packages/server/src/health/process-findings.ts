import { getHeapStatistics } from "node:v8";

import type { PoolStates } from "@meshhook/journal";
import type { EngineStats } from "@meshhook/runtime";

import type { Finding } from "./reading.ts";

/** From this share of a limit on, somebody should look. */
const NEARLY_FULL = 0.8;
const APPEND_AGE_MS = { degraded: 1_000, down: 10_000 };
const CALL_AGE_MS = 30_000;
const TIMER_LATE_MS = 2_000;

const ok = (summary: string, figures: Finding["figures"]): Finding => ({
  status: "ok",
  summary,
  remedy: null,
  figures,
});

export function appendsFinding({ appendQueueAgeMs, appendQueueBytes, appendQueueRows, limits }: EngineStats): Finding {
  const figures = {
    rows: appendQueueRows,
    rowsMax: limits.appendQueueRows,
    bytes: appendQueueBytes,
    ageMs: appendQueueAgeMs,
  };
  const isOld = appendQueueAgeMs >= APPEND_AGE_MS.degraded;
  if (!isOld && appendQueueRows < limits.appendQueueRows * NEARLY_FULL)
    return ok(
      appendQueueRows === 0 ? "Nothing waits to be written." : `${appendQueueRows} rows wait to be written.`,
      figures,
    );
  return {
    status: appendQueueAgeMs >= APPEND_AGE_MS.down ? "down" : "degraded",
    summary: `The oldest of ${appendQueueRows} waiting rows has waited for ${appendQueueAgeMs} ms.`,
    remedy:
      "The database is too slow, or away: look at its load, its disk and its locks. Webhooks are refused with 503 when the queue is full.",
    figures,
  };
}

export function callsFinding({
  breakersOpen,
  callQueueAgeMs,
  callsInFlight,
  callsQueued,
  limits,
}: EngineStats): Finding {
  const figures = {
    inFlight: callsInFlight,
    inFlightMax: limits.calls,
    queued: callsQueued,
    queuedMs: callQueueAgeMs,
    breakersOpen,
  };
  const summary = `${callsInFlight} calls are out, ${callsQueued} of them wait.`;
  if (breakersOpen === 0 && callQueueAgeMs < CALL_AGE_MS) return ok(summary, figures);
  return {
    status: "degraded",
    summary: breakersOpen > 0 ? `${summary} The circuit breakers of ${breakersOpen} targets are open.` : summary,
    remedy: "Targets are slow or fail: a run's page shows which, and what the call waits for.",
    figures,
  };
}

export function timersFinding({ timersLateMs }: EngineStats): Finding {
  const figures = { lateMs: timersLateMs };
  if (timersLateMs < TIMER_LATE_MS) return ok("Timers are in time.", figures);
  return {
    status: "degraded",
    summary: `The next timer is ${timersLateMs} ms late.`,
    remedy:
      "The process has more to do than a core can: start more processes (MESHHOOK_PROCESSES), or look for runs with large payloads.",
    figures,
  };
}

export function streamsFinding({ watchers }: EngineStats): Finding {
  return ok(`${watchers} followers of runs and projects.`, { watchers });
}

export function memoryFinding({ limits, runsLive, runsLiveBytes, runsSetAside }: EngineStats): Finding {
  const { heap_size_limit: heapBytesMax, used_heap_size: heapBytes } = getHeapStatistics();
  const figures = {
    heapBytes,
    heapBytesMax,
    rssBytes: process.memoryUsage.rss(),
    runs: runsLive,
    runsMax: limits.runsLive,
    runBytes: runsLiveBytes,
    runBytesMax: Math.floor(limits.runsLiveBytes),
    runsSetAside,
  };
  if (runsSetAside > 0)
    return {
      status: "degraded",
      summary: `${runsSetAside} runs are set aside.`,
      remedy: "Find out why with `meshhook release`, then release them.",
      figures,
    };
  if (heapBytes >= heapBytesMax * 0.9 || runsLive >= limits.runsLive || runsLiveBytes >= limits.runsLiveBytes)
    return {
      status: "degraded",
      summary: `Memory is short: ${mib(heapBytes)} of ${mib(heapBytesMax)} MiB of the heap are in use.`,
      remedy: "Give Node a larger heap (NODE_OPTIONS=--max-old-space-size=…), or start more processes.",
      figures,
    };
  return ok(`${mib(heapBytes)} of ${mib(heapBytesMax)} MiB of the heap are in use.`, figures);
}

export function connectionsFinding({ appends, others }: PoolStates): Finding {
  const figures = {
    appendsInUse: appends.inUse,
    appendsMax: appends.connectionsMax,
    othersInUse: others.inUse,
    othersMax: others.connectionsMax,
    waiting: others.waiting,
  };
  if (others.waiting <= others.connectionsMax)
    return ok(`${others.inUse} of ${others.connectionsMax} connections are in use.`, figures);
  return {
    status: "degraded",
    summary: `${others.waiting} statements wait for one of ${others.connectionsMax} connections.`,
    remedy: "Raise MESHHOOK_POOL_SIZE, if the database has room for more connections.",
    figures,
  };
}

/** The folder of the embedded database. */
export function diskFinding(freeBytes: number, bytes: number): Finding {
  const figures = { freeBytes, bytes };
  const summary = `${mib(freeBytes)} of ${mib(bytes)} MiB are free.`;
  if (freeBytes >= bytes * 0.1 && freeBytes >= 512 * 1_048_576) return ok(summary, figures);
  return {
    status: freeBytes < 64 * 1_048_576 ? "down" : "degraded",
    summary,
    remedy: "Make room on the disk of the data directory, or keep runs for a shorter time (MESHHOOK_RETENTION_DAYS).",
    figures,
  };
}

function mib(bytes: number): number {
  return Math.round(bytes / 1_048_576);
}
