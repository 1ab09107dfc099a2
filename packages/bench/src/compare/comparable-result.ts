import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv/dist/2020.js";
import type {
  Audit,
  BenchResult,
  Environment,
  LatencySummary,
  LoadDescription,
  Outage,
  ProcessResources,
  RateSearchResult,
  ScenarioResult,
  ThresholdResult,
  Throughput,
  WorkPerRun,
} from "../result/result.ts";

/**
 * What a comparison reads of a result. Much less than a whole one, so that results of earlier and later versions of the benchmark can be
 * compared as well.
 */
export interface ComparableResult extends Pick<
  BenchResult,
  "id" | "suite" | "startedAtMs" | "finishedAtMs" | "commit" | "seed" | "verdict"
> {
  readonly environment: Pick<
    Environment,
    "host" | "node" | "meshhook" | "postgres" | "fsync" | "synchronousCommit" | "fingerprint"
  >;
  readonly scenarios: readonly ComparableScenario[];
}

export interface ComparableScenario extends Pick<ScenarioResult, "name" | "title" | "status" | "digest"> {
  readonly load: Pick<
    LoadDescription,
    "model" | "ratePerSecond" | "senders" | "payload" | "subscribers" | "durationMs" | "driver"
  >;
  readonly audit: Pick<Audit, "isClean">;
  readonly generator: Pick<ScenarioResult["generator"], "isBacked">;
  readonly throughput: Pick<Throughput, "completedPerSecond"> | null;
  readonly latency: { readonly [name: string]: Pick<LatencySummary, "p50Ms" | "p99Ms"> };
  readonly work: Pick<
    WorkPerRun,
    "journalRows" | "statements" | "commits" | "walBytes" | "meshhookCpuMs" | "postgresCpuMs"
  > | null;
  readonly resources: readonly Pick<ProcessResources, "name" | "rssBytesMax">[];
  readonly outage: Pick<Outage, "clientsMs"> | null;
  readonly search?: Pick<RateSearchResult, "lastPassingPerSecond" | "isSustained">;
  readonly thresholds: readonly Pick<ThresholdResult, "expression" | "kind" | "holds" | "actual">[];
}

let compiled: ValidateFunction<ComparableResult> | null = null;

/** Checks a document for what a comparison reads; what else it holds does not matter. The result, or a line for every issue. */
export function parseComparableResult(
  document: unknown,
): { readonly result: ComparableResult } | { readonly issues: readonly string[] } {
  compiled ??= new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile<ComparableResult>(SCHEMA);
  if (compiled(document)) return { result: document };
  return {
    issues: (compiled.errors ?? []).map(
      ({ instancePath, message }) => `${instancePath || "/"}: ${message ?? "is wrong"}`,
    ),
  };
}

interface Schema {
  readonly [keyword: string]: unknown;
}

const TEXT = { type: "string" };
const NUMBER = { type: "number" };
const FLAG = { type: "boolean" };
const orNull = (schema: Schema): Schema => ({ ...schema, type: [schema["type"], "null"] });
const record = (values: Schema): Schema => ({ type: "object", additionalProperties: values });
const list = (items: Schema): Schema => ({ type: "array", items });
/** An object with these properties, and any others. */
const having = (
  properties: { readonly [name: string]: Schema },
  optional: { readonly [name: string]: Schema } = {},
): Schema => ({
  type: "object",
  required: Object.keys(properties),
  properties: { ...properties, ...optional },
});

const SCHEMA = having({
  id: TEXT,
  suite: TEXT,
  startedAtMs: NUMBER,
  finishedAtMs: NUMBER,
  commit: orNull(having({ revision: TEXT, isDirty: FLAG })),
  seed: { type: "integer" },
  verdict: { enum: ["passed", "failed", "inconclusive", "void", "interrupted"] },
  environment: having({
    host: having({ os: TEXT, kernel: TEXT, cpuModel: TEXT, cores: NUMBER, memoryBytes: NUMBER }),
    node: TEXT,
    meshhook: TEXT,
    postgres: having({ version: TEXT, settings: record(TEXT) }),
    fsync: orNull(FLAG),
    synchronousCommit: TEXT,
    fingerprint: TEXT,
  }),
  scenarios: list(
    having(
      {
        name: TEXT,
        title: TEXT,
        status: { enum: ["passed", "failed", "inconclusive", "void"] },
        load: having(
          {
            model: { enum: ["open", "closed"] },
            ratePerSecond: orNull(NUMBER),
            senders: NUMBER,
            payload: TEXT,
            subscribers: NUMBER,
            durationMs: NUMBER,
          },
          { driver: having({ name: TEXT, version: TEXT, timesFrom: { enum: ["schedule", "send"] } }) },
        ),
        audit: having({ isClean: FLAG }),
        generator: having({ isBacked: FLAG }),
        throughput: orNull(having({ completedPerSecond: NUMBER })),
        latency: record(having({ p50Ms: orNull(NUMBER), p99Ms: orNull(NUMBER) })),
        work: orNull(
          having({
            journalRows: NUMBER,
            statements: orNull(NUMBER),
            commits: NUMBER,
            walBytes: NUMBER,
            meshhookCpuMs: NUMBER,
            postgresCpuMs: NUMBER,
          }),
        ),
        resources: list(having({ name: TEXT, rssBytesMax: NUMBER })),
        outage: orNull(having({ clientsMs: NUMBER })),
        thresholds: list(having({ expression: TEXT, kind: TEXT, holds: FLAG, actual: orNull(NUMBER) })),
      },
      { digest: TEXT, search: having({ lastPassingPerSecond: orNull(NUMBER), isSustained: FLAG }) },
    ),
  ),
});
