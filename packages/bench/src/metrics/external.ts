import { join } from "node:path";
import type { BenchResult } from "../result/result.ts";
import type { SystemLauncher } from "../system/launcher.ts";
import type { Endpoint } from "./http.ts";
import { watchMetrics } from "./meshhook-metrics.ts";
import { checkPrometheus, queryPrometheus } from "./prometheus.ts";
import type { MetricQuery } from "./queries.ts";
import { checkSupabase, watchSupabase } from "./supabase.ts";

export interface ExternalSources {
  readonly prometheus: { readonly endpoint: Endpoint; readonly queries: readonly MetricQuery[] } | null;
  readonly supabase: Endpoint | null;
}

/** Readings of other systems that go on while a benchmark runs. */
export interface ExternalReadings {
  /** To start the measured system with. */
  readonly launcher: SystemLauncher;
  /** Ends the readings and adds them to the result. What could not be read is a deviation. */
  addTo(result: BenchResult): Promise<BenchResult>;
}

/**
 * Makes sure that every source is there before anything is measured.
 *
 * @throws ReadingFailed  for the first that is not.
 */
export async function checkSources({ prometheus, supabase }: ExternalSources): Promise<void> {
  if (prometheus !== null) await checkPrometheus(prometheus.endpoint);
  if (supabase !== null) await checkSupabase(supabase);
}

/** Begins to read MeshHook's own metrics and the sources. Files go into `<outDir>/dataset/`. */
export function startReadings(launcher: SystemLauncher, sources: ExternalSources, outDir: string): ExternalReadings {
  const own = watchMetrics(launcher, join(outDir, "dataset", "meshhook-metrics.ndjson"));
  const supabase = sources.supabase === null ? null : watchSupabase(sources.supabase);
  return {
    launcher: own.launcher,
    addTo: async (result) => {
      const { prometheus } = sources;
      const span = { fromMs: result.startedAtMs, untilMs: result.finishedAtMs };
      const parts = [
        await own.stop(),
        ...(prometheus === null ? [] : [await queryPrometheus(prometheus.endpoint, prometheus.queries, span)]),
        ...(supabase === null ? [] : [await supabase.stop()]),
      ];
      return {
        ...result,
        external: parts.flatMap(({ series }) => series),
        deviations: [...result.deviations, ...parts.flatMap(({ problems }) => problems)],
      };
    },
  };
}
