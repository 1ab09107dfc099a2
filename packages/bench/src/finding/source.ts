import type { BenchResult, ScenarioResult } from "../result/result.ts";
import type { Evidence } from "./rule.ts";

/** When and where the figure of an evidence row was seen; nothing for what is not of one scenario. */
export function sourceOf(
  { scenario, metric }: Evidence,
  { scenarios }: BenchResult,
): Pick<Evidence, "window" | "file"> {
  const source = scenarios.find(({ name }) => name === scenario);
  return source === undefined ? {} : { window: windowOf(source), file: fileOf(source, metric) };
}

function windowOf({ blocks, load }: ScenarioResult): string {
  const seconds = `${String(Math.round(load.durationMs / 1_000))} s measured`;
  return blocks === undefined || blocks.length < 2 ? seconds : `${String(blocks.length)} blocks, ${seconds}`;
}

/** Which of a block's files has the raw figures behind a metric; the first pattern that fits counts. */
const FILES: readonly (readonly [metric: RegExp, file: string])[] = [
  [/waits|wait event|lock|connections by state/i, "waits.ndjson"],
  [/^database|^work\.|statement|WAL|rows? in|calls of|full-page|index/i, "database.json"],
  [/^host|pressure|steal|^tail/i, "host.ndjson"],
  [/^resources|resident|growth|collection|event loop/i, "samples.ndjson"],
  [/^phases|^latency|^series|^errors|^audit|^generator|^throughput|stall|episodes|requests/i, "ledger.bin"],
];

function fileOf({ artifacts }: ScenarioResult, metric: string): string {
  const name = FILES.find(([pattern]) => pattern.test(metric))?.[1];
  // A block of its own each; the first one stands for all.
  return artifacts.find((artifact) => name !== undefined && artifact.endsWith(`/${name}`)) ?? "result.json";
}
