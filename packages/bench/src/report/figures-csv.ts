import type { BenchResult, ScenarioResult, SeriesPoint } from "../result/result.ts";
import { csv } from "./download.ts";
import { shownThroughput } from "./story.ts";

/** Every single figure of the scenarios, one per row: its path in the result, its value, and its range over the blocks. */
export function figuresCsv(scenarios: readonly ScenarioResult[]): string {
  return csv(
    ["scenario", "figure", "value", "low", "high", "level", "blocks"],
    scenarios.flatMap((scenario) =>
      figuresOf(scenario).map(([path, value]) => {
        const interval = scenario.intervals?.[path];
        return [scenario.name, path, value, interval?.low, interval?.high, interval?.level, interval?.blocks];
      }),
    ),
  );
}

/** Every second of the scenarios. */
export function seriesCsv(scenarios: BenchResult["scenarios"]): string {
  return csv(
    ["scenario", ...SERIES],
    scenarios.flatMap(({ name, series }) => series.map((point) => [name, ...SERIES.map((column) => point[column])])),
  );
}

const SERIES: readonly (keyof SeriesPoint)[] = [
  "second",
  "sent",
  "acked",
  "errors",
  "ackMsP50",
  "ackMsP99",
  "unfinished",
  "meshhookCpuShare",
  "postgresCpuShare",
  "loopBusyShare",
  "meshhookRssBytes",
  "cpuPressureShare",
  "ioPressureShare",
  "stealShare",
];

/** The parts of a result that hold figures; lists have files of their own. */
const PARTS = [
  "throughput",
  "latency",
  "answers",
  "errors",
  "outage",
  "work",
  "roofShare",
  "memoryGrowthBytesPerSecond",
  "connections",
  "audit",
  "generator",
  "host",
] as const;

function figuresOf(scenario: ScenarioResult): readonly (readonly [path: string, value: number | null])[] {
  return PARTS.flatMap((part) => numbersIn(part, part === "throughput" ? shownThroughput(scenario) : scenario[part]));
}

function numbersIn(path: string, value: unknown): readonly (readonly [path: string, value: number | null])[] {
  if (typeof value === "number") return [[path, value]];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    part === null ? [[`${path}.${name}`, null] as const] : numbersIn(`${path}.${name}`, part),
  );
}
