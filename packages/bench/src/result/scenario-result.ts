import { faultSchema } from "./fault.ts";
import type { FaultResult } from "./fault.ts";
import { intervalsSchema, optionalBlocks } from "./blocks.ts";
import type { Block, FigureInterval } from "./blocks.ts";
import { auditSchema } from "./audit.ts";
import { episodesSchema } from "./episodes.ts";
import { latencySchema, phaseSchema } from "./latency.ts";
import { answersSchema, connectionsSchema, loadSchema, outageSchema, throughputSchema } from "./load.ts";
import { databaseSchema, hostSchema, pointSchema, resourcesSchema, workSchema } from "./resources.ts";
import { repetitionSchema } from "./repetition.ts";
import type { RepetitionResult } from "./repetition.ts";
import { scalabilitySchema } from "./scalability.ts";
import type { Scalability } from "./scalability.ts";
import { curveSchema, searchSchema } from "./search.ts";
import type { LoadPoint, RateSearchResult } from "./search.ts";
import { clockSchema, disturbanceSchema } from "./trust.ts";
import { reasonSchema, thresholdSchema } from "./verdict.ts";
import type { Audit } from "./audit.ts";
import type { Episodes } from "./episodes.ts";
import type { LatencySummary, Phase } from "./latency.ts";
import type { Answers, Connections, LoadDescription, Outage, Throughput } from "./load.ts";
import type { DatabaseActivity, HostResources, ProcessResources, SeriesPoint, WorkPerRun } from "./resources.ts";
import { heatmapSchema } from "./heatmap.ts";
import type { LatencyHeatmap } from "./heatmap.ts";
import { tailSchema } from "./tail.ts";
import type { Tail } from "./tail.ts";
import type { ClockCheck, Disturbance } from "./trust.ts";
import type { ScenarioVerdict, ThresholdResult, VerdictReason } from "./verdict.ts";
import {
  amount,
  choice,
  count,
  flag,
  list,
  nullable,
  number,
  object,
  optional,
  record,
  text,
} from "./schema-builder.ts";

export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  /** The question in one sentence. */
  readonly question: string;
  readonly group: "webhook" | "dag" | "logs" | "fault" | "tenancy" | "console";
  readonly load: LoadDescription;
  /**
   * SHA-256 over all that was asked: the scenario as it was read, its workflow and its payloads. Results with different ones are not of
   * the same question. Absent in results of before December 2026, as are `repetition`, `curve`, `search` and `scalability`.
   */
  readonly digest?: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly status: ScenarioVerdict;
  /** Empty when the scenario passed. */
  readonly reasons: readonly VerdictReason[];
  /** The repetitions, in the order they ran. Absent in results of before December 2026, as are `intervals`. */
  readonly blocks?: readonly Block[];
  /** How far figures range over the judged blocks, by path, as in `latency.ack.p99Ms`. */
  readonly intervals?: { readonly [metric: string]: FigureInterval };
  /** Why blocks were repeated no more. */
  readonly repetition?: RepetitionResult;
  /** Of a scenario that tries several loads: what MeshHook did with each. Its other figures are those of one of them, as `load` says. */
  readonly curve?: readonly LoadPoint[];
  /** Of a scenario that searches its rate: the other figures are those at the highest rate that passed. */
  readonly search?: RateSearchResult;
  /** Of a scenario that tries several numbers of senders. */
  readonly scalability?: Scalability;
  /** Null when the audit is not clean: a run that lost work has no throughput. */
  readonly throughput: Throughput | null;
  readonly latency: { readonly [name: string]: LatencySummary };
  readonly phases: readonly Phase[];
  readonly errors: { readonly [kind: string]: number };
  /** What became of every request that was due, warm-up included. */
  readonly answers: Answers;
  /** What clients saw of a fault; null without one. */
  readonly outage: Outage | null;
  /** What each fault did; absent without one. */
  readonly faults?: readonly FaultResult[];
  readonly episodes: Episodes;
  /** Why the slowest requests were slow; null when none was. Absent in results of before December 2026. */
  readonly tail?: Tail | null;
  /** What shows that others used the machine, or that it was slower than where the limits were set; empty when nothing does. */
  readonly disturbances: readonly Disturbance[];
  /** How far the clocks of the processes that took part are apart. */
  readonly clocks: readonly ClockCheck[];
  readonly connections: Connections;
  /** Of MeshHook's processes over the measured time; null with too few samples. */
  readonly memoryGrowthBytesPerSecond: number | null;
  readonly audit: Audit;
  readonly work: WorkPerRun | null;
  readonly resources: readonly ProcessResources[];
  readonly host: HostResources;
  readonly database: DatabaseActivity | null;
  /** Share of each roof that was reached; only for saturation scenarios. */
  readonly roofShare: { readonly [roof: string]: number } | null;
  readonly thresholds: readonly ThresholdResult[];
  /** Whether the generator could back these figures: not late, not out of CPU, nothing unsent. */
  readonly generator: {
    readonly isBacked: boolean;
    readonly reasons: readonly string[];
    readonly latenessMsP99: number;
    readonly cpuShare: number;
    readonly unsent: number;
  };
  /** One row per second; file names of the full series are in `artifacts`. */
  readonly series: readonly SeriesPoint[];
  /** Latencies over the same timeline; null without an accepted request. Absent in results of before December 2026. */
  readonly heatmap?: LatencyHeatmap | null;
  readonly notes: readonly string[];
  readonly artifacts: readonly string[];
}

const generator = object<ScenarioResult["generator"]>(
  "Whether the load generator kept up, so that the figures can be trusted.",
  {
    isBacked: flag("Not late, not out of CPU, nothing unsent."),
    reasons: list("Why not; empty when backed.", text("One reason.")),
    latenessMsP99: amount("99th percentile of actual minus intended send time, milliseconds."),
    cpuShare: amount("Its own CPU; 1 is one core."),
    unsent: count("Requests that were due and never sent."),
  },
);

export const scenarioSchema = object<ScenarioResult>(
  "One scenario: a question, a load and the results.",
  {
    name: text("Stable name, such as `webhook-ack-nominal`."),
    title: text("Name for people."),
    question: text("The question in one sentence."),
    group: choice("What it is about.", ["webhook", "dag", "logs", "fault", "tenancy", "console"]),
    load: loadSchema,
    digest: optional(
      text("SHA-256 over the scenario as it was read, its workflow and its payloads; equal for the same question."),
    ),
    startedAtMs: amount("Start, Unix milliseconds."),
    durationMs: amount(
      "From the start of the scenario to its figures, milliseconds; `load.durationMs` is the measured time.",
    ),
    status: choice(
      "`passed`: the audit is clean, every threshold holds, and no request failed unless the scenario allows it. `failed`: something is wrong that the machine does not explain. `inconclusive`: it did not pass, and the figures cannot separate MeshHook from the machine. `void`: the figures are not valid.",
      ["passed", "failed", "inconclusive", "void"],
    ),
    reasons: list("Why it did not pass; empty when it did.", reasonSchema),
    blocks: optionalBlocks,
    intervals: optional(intervalsSchema),
    repetition: optional(repetitionSchema),
    curve: optional(curveSchema),
    search: optional(searchSchema),
    scalability: optional(scalabilitySchema),
    throughput: nullable(throughputSchema),
    latency: record(
      "Distributions by name. `ack`, `done` and `lag` count from the intended send, `service` from the actual one, `recovery` from the start of the new process, and `late` from the time for which a run waited.",
      latencySchema,
    ),
    phases: list("Where the time of a run goes, in order; additive.", phaseSchema),
    errors: record("Failures by kind.", count("How many.")),
    answers: answersSchema,
    outage: nullable(outageSchema),
    faults: optional(list("What each fault did; absent without one.", faultSchema)),
    episodes: episodesSchema,
    tail: optional(nullable(tailSchema)),
    disturbances: list("Signs that others used the machine, or that it was slow.", disturbanceSchema),
    clocks: list("Differences between the clocks of the processes that took part.", clockSchema),
    connections: connectionsSchema,
    memoryGrowthBytesPerSecond: nullable(
      number("Of MeshHook's processes over the measured time; null with too few samples."),
    ),
    audit: auditSchema,
    work: nullable(workSchema),
    resources: list("Processes that took part.", resourcesSchema),
    host: hostSchema,
    database: nullable(databaseSchema),
    roofShare: nullable(
      record("Share of each roof that was reached; only for saturation scenarios.", amount("0 to 1.")),
    ),
    thresholds: list("Limits and whether they hold.", thresholdSchema),
    generator,
    series: list("One row per second, from the first request of the warm-up on.", pointSchema),
    heatmap: optional(nullable(heatmapSchema)),
    notes: list("What a reader should know about this scenario's figures.", text("One note.")),
    artifacts: list("Files of the full series, relative to the result.", text("One file name.")),
  },
  {
    anyOf: [
      { type: "object", properties: { audit: { type: "object", properties: { isClean: { const: true } } } } },
      {
        type: "object",
        description: "A run that lost work has no throughput.",
        properties: { throughput: { type: "null" }, status: { const: "failed" } },
      },
    ],
  },
);
