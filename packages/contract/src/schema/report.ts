import Type, { type Static } from "typebox";
import { TimeSchema } from "./common.ts";

const Verdict = Type.Enum(["passed", "failed", "inconclusive", "void", "interrupted"]);
const ScenarioVerdict = Type.Enum(["passed", "failed", "inconclusive", "void"]);
const Commit = Type.Union([Type.Object({ revision: Type.String(), isDirty: Type.Boolean() }), Type.Null()]);
const Figure = Type.Union([Type.Number(), Type.Null()]);

/**
 * The parts of a benchmark's `result.json` that are read; docs/reference/bench-result.md describes the whole file. Members that are not
 * named here may contain anything.
 */
export const ResultFileSchema = Type.Object({
  schemaVersion: Type.Literal(1),
  suite: Type.String(),
  startedAtMs: Type.Number({ minimum: 0, maximum: 8.64e15 }),
  finishedAtMs: Type.Number({ minimum: 0, maximum: 8.64e15 }),
  verdict: Verdict,
  command: Type.String(),
  commit: Commit,
  environment: Type.Object({
    host: Type.Object({
      os: Type.String(),
      cpuModel: Type.String(),
      cores: Type.Number(),
      memoryBytes: Type.Number(),
      isVirtual: Type.Union([Type.Boolean(), Type.Null()]),
    }),
    node: Type.String(),
    meshhook: Type.String(),
    postgres: Type.Object({ version: Type.String() }),
    fsync: Type.Boolean(),
    synchronousCommit: Type.String(),
    fingerprint: Type.String(),
  }),
  scenarios: Type.Array(
    Type.Object({
      name: Type.String(),
      title: Type.String(),
      group: Type.String(),
      status: ScenarioVerdict,
      throughput: Type.Union([Type.Object({ completedPerSecond: Type.Number() }), Type.Null()]),
      latency: Type.Record(Type.String(), Type.Object({ p50Ms: Figure, p99Ms: Figure })),
      thresholds: Type.Array(Type.Object({ holds: Type.Boolean() })),
    }),
  ),
  findings: Type.Array(
    Type.Object({
      id: Type.String(),
      severity: Type.Enum(["info", "warning", "critical"]),
      title: Type.String(),
      cause: Type.String(),
      recommendation: Type.Object({
        area: Type.Enum(["code", "architecture", "infrastructure"]),
        change: Type.String(),
        expectedEffect: Type.String(),
        effort: Type.Enum(["small", "medium", "large"]),
        risk: Type.Enum(["low", "medium", "high"]),
        experiment: Type.Union([Type.String(), Type.Null()]),
        rank: Type.Number(),
      }),
    }),
  ),
  deviations: Type.Array(Type.String()),
});
/** A benchmark's `result.json`, as far as it is read. */
export type ResultFile = Static<typeof ResultFileSchema>;

/** A report's id: the name of its folder. */
export const REPORT_ID_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$";
const ReportId = Type.String({ pattern: REPORT_ID_PATTERN, description: "The name of the report's folder." });

const FigureOf = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });

export const ReportSchema = Type.Object(
  {
    id: ReportId,
    suite: Type.String(),
    startedAt: TimeSchema,
    finishedAt: TimeSchema,
    verdict: Verdict,
    command: Type.String({ description: "The command that repeats the measurement." }),
    commit: Type.Union(
      [Type.Object({ revision: Type.String(), isDirty: Type.Boolean() }, { additionalProperties: false }), Type.Null()],
      { description: "Null when it was not measured in a checkout." },
    ),
    environment: Type.Object(
      {
        os: Type.String(),
        cpuModel: Type.String(),
        cores: Type.Number(),
        memoryBytes: Type.Number(),
        isVirtual: Type.Union([Type.Boolean(), Type.Null()]),
        node: Type.String(),
        meshhook: Type.String(),
        postgres: Type.String(),
        isDurable: Type.Union([Type.Boolean(), Type.Null()], {
          description:
            "Whether `fsync` and `synchronous_commit` were on during the measurement. Null: nobody could look, because only the API of a remote target was there.",
        }),
        fingerprint: Type.String({ description: "Two results can be compared when their fingerprints are equal." }),
      },
      { additionalProperties: false },
    ),
    scenarios: Type.Object(
      {
        passed: Type.Integer(),
        failed: Type.Integer(),
        undecided: Type.Integer({
          description: "Scenarios that are `inconclusive` or `void`: they neither passed nor failed.",
        }),
      },
      { additionalProperties: false },
    ),
    thresholds: Type.Object({ held: Type.Integer(), total: Type.Integer() }, { additionalProperties: false }),
    figures: Type.Array(
      Type.Object(
        {
          scenario: Type.String(),
          title: Type.String(),
          group: Type.String(),
          status: ScenarioVerdict,
          completedPerSecond: FigureOf("Null when work was lost or duplicated, because such a run has no throughput."),
          ackMsP50: FigureOf("From the intended send to the answer; null when it was not measured."),
          ackMsP99: FigureOf("Null when too few requests were sent."),
        },
        { additionalProperties: false },
      ),
      { description: "The main figures, one entry per scenario." },
    ),
    hasPage: Type.Boolean({ description: "Whether `report.html` exists." }),
  },
  { additionalProperties: false },
);
/** One run of the benchmark, in a list. */
export type ReportResource = Static<typeof ReportSchema>;

export const UnreadableReportSchema = Type.Object(
  { id: ReportId, unreadableBecause: Type.String(), hasPage: Type.Boolean() },
  { additionalProperties: false },
);
/** A folder whose result cannot be read, and why. */
export type UnreadableReport = Static<typeof UnreadableReportSchema>;

export const ReportListSchema = Type.Object(
  { items: Type.Array(Type.Union([ReportSchema, UnreadableReportSchema])) },
  { additionalProperties: false },
);

export const ReportDetailSchema = Type.Object(
  {
    ...ReportSchema.properties,
    findings: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          severity: Type.Enum(["info", "warning", "critical"]),
          title: Type.String(),
          cause: Type.String(),
          proposal: Type.Object(
            {
              area: Type.Enum(["code", "architecture", "infrastructure"]),
              change: Type.String(),
              expectedEffect: Type.String(),
              effort: Type.Enum(["small", "medium", "large"]),
              risk: Type.Enum(["low", "medium", "high"]),
              experiment: Type.Union([Type.String(), Type.Null()], {
                description: "The command that tests the proposal.",
              }),
            },
            { additionalProperties: false },
          ),
        },
        { additionalProperties: false },
      ),
      { description: "Findings, most worthwhile first." },
    ),
    deviations: Type.Array(Type.String(), { description: "What was skipped or shortened, and why." }),
  },
  { additionalProperties: false },
);
/** One run of the benchmark with its findings. */
export type ReportDetail = Static<typeof ReportDetailSchema>;

export const ReportAnswerSchema = Type.Union([ReportDetailSchema, UnreadableReportSchema]);
export const ReportParamsSchema = Type.Object({ reportId: Type.String({ minLength: 1, maxLength: 128 }) });
