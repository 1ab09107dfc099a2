import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import type { ExternalSeries } from "../result/result.ts";
import type { LaunchedMeshHook, SystemLauncher } from "../system/launcher.ts";
import { parseExposition } from "./exposition.ts";
import type { ExposedSample, Exposition } from "./exposition.ts";
import { readText, ReadingFailed } from "./http.ts";
import { Polling } from "./polling.ts";
import { CounterRates, SeriesCollector } from "./series.ts";

const EVERY_MS = 1_000;
/** Two hours; a longer benchmark has the rest in its result only. */
const LINES_MAX = 7_200;

/** Metrics of the process beside MeshHook's own. */
const PROCESS_METRICS: ReadonlySet<string> = new Set([
  "process_cpu_seconds_total",
  "process_resident_memory_bytes",
  "nodejs_eventloop_lag_p99_seconds",
  "nodejs_heap_size_used_bytes",
]);

/** What MeshHook's own `/metrics` say while it is measured. */
export interface WatchedMetrics {
  /** Starts the same system, and watches it. */
  readonly launcher: SystemLauncher;
  /** Ends the watching. `problems`: what could not be read, in sentences. */
  stop(): Promise<{ readonly series: readonly ExternalSeries[]; readonly problems: readonly string[] }>;
}

/**
 * Reads `/metrics` of the MeshHook that was started last, once a second. While there is none, or it is just being killed or started again, there is
 * nothing to read, which is not a problem.
 *
 * @param path  Gets every reading, a JSON document a line: `{ atMs, samples: { "<name>{<labels>}": value } }`.
 */
export function watchMetrics(launcher: SystemLauncher, path: string, everyMs = EVERY_MS): WatchedMetrics {
  const collector = new SeriesCollector("meshhook");
  const rates = new CounterRates();
  const file = createWriteStream(path);
  let current: LaunchedMeshHook | null = null;
  let lines = 0;
  let readings = 0;
  let failure: ReadingFailed | null = null;
  const polling = new Polling(async () => {
    const asked = current;
    if (asked === null) return;
    let text: string;
    try {
      text = await readText({ url: asked.url, authorization: `Bearer ${asked.adminKey}` }, "/metrics");
    } catch (error) {
      // A process that a fault has killed or paused answers nothing. Only one that never answers is a problem.
      if (!(error instanceof ReadingFailed)) throw error;
      failure = error;
      return;
    }
    const atMs = Date.now();
    readings += 1;
    const exposition = parseExposition(text);
    collect(exposition, atMs, collector, rates);
    if (lines >= LINES_MAX) return;
    lines += 1;
    const samples = Object.fromEntries(exposition.samples.map((sample) => [keyOf(sample), sample.value]));
    file.write(`${JSON.stringify({ atMs, samples })}\n`);
  }, everyMs);
  return {
    launcher: {
      startDatabase: (...options) => launcher.startDatabase(...options),
      startMeshHook: async (start) => {
        current = null;
        const started = await launcher.startMeshHook(start);
        current = started;
        void started.exited.then(() => {
          if (current === started) current = null;
        });
        return started;
      },
      endNow: () => launcher.endNow(),
    },
    stop: async () => {
      const problems = await polling.stop();
      file.end();
      await finished(file).catch(() => undefined);
      const never = readings === 0 && failure !== null ? [failure.message] : [];
      return {
        series: collector.series(),
        problems: [...never, ...problems].map((problem) => `MeshHook's metrics: ${problem}`),
      };
    },
  };
}

function collect({ samples, types }: Exposition, atMs: number, collector: SeriesCollector, rates: CounterRates): void {
  for (const sample of samples) {
    const { name, labels, value } = sample;
    if (!name.startsWith("meshhook_") && !PROCESS_METRICS.has(name)) continue;
    // A histogram's buckets are in the dataset.
    if (name.endsWith("_bucket")) continue;
    const isCounter =
      types.get(name) === "counter" || types.get(name.replace(/_(?:total|count|sum)$/, "")) === "histogram";
    if (!isCounter) collector.add({ name, labels, unit: unitOf(name) }, { atMs, value });
    else {
      const rate = rates.rate(keyOf(sample), { atMs, value });
      if (rate !== null) collector.add({ name, labels, unit: `${unitOf(name)}/s` }, { atMs, value: rate });
    }
  }
}

function unitOf(name: string): string {
  return /_(seconds|bytes|rows)(?:_total|_sum)?$/.exec(name)?.[1] ?? "1";
}

function keyOf({ name, labels }: ExposedSample): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}
