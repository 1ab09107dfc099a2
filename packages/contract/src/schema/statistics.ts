import Type, { type Static } from "typebox";
import { TimeSchema } from "./common.ts";

const closed = { additionalProperties: false } as const;
const MillisecondsSchema = Type.Union([Type.Number(), Type.Null()]);

const DurationsSchema = Type.Object(
  {
    p50: MillisecondsSchema,
    p90: MillisecondsSchema,
    p95: MillisecondsSchema,
    p99: MillisecondsSchema,
    max: MillisecondsSchema,
    mean: MillisecondsSchema,
  },
  {
    ...closed,
    description:
      "Milliseconds. Percentiles are within 1 % of the true ones; `max` and `mean` are exact. Null: there were none.",
  },
);
/** How long things took. */
export type Durations = Static<typeof DurationsSchema>;

const RunFiguresSchema = Type.Object(
  {
    succeeded: Type.Integer(),
    failed: Type.Integer(),
    canceled: Type.Integer(),
    durationMs: DurationsSchema,
    turnMs: DurationsSchema,
  },
  {
    ...closed,
    description:
      "Runs that ended, by outcome; `durationMs` from the webhook until the end is durable. `turnMs`: how long runs that were held waited for their turn, which is part of it.",
  },
);
export type RunFigures = Static<typeof RunFiguresSchema>;

const PointSchema = Type.Object(
  { at: TimeSchema, runs: RunFiguresSchema },
  { ...closed, description: "What ended from `at` on, for the length of a bucket." },
);

const SlowRunSchema = Type.Object({ runId: Type.String(), durationMs: Type.Number() }, closed);

export const StatisticsSchema = Type.Object(
  {
    from: TimeSchema,
    to: TimeSchema,
    bucketSeconds: Type.Integer(),
    runs: RunFiguresSchema,
    points: Type.Array(PointSchema, { description: "The same over time; buckets in which no run ended are left out." }),
    slowest: Type.Array(SlowRunSchema, {
      description: "Some of the slowest runs, slowest first. They may have been removed since.",
    }),
    workflows: Type.Array(
      Type.Object({ workflowId: Type.String(), runs: RunFiguresSchema, slowest: Type.Array(SlowRunSchema) }, closed),
    ),
    nodes: Type.Array(
      Type.Object(
        {
          workflowId: Type.String(),
          node: Type.String(),
          attempts: Type.Integer({ description: "Calls that were made, repetitions included." }),
          failed: Type.Integer({ description: "Attempts that were answered with 400 or above, or not at all." }),
          failureRate: Type.Number({ description: "From 0 to 1." }),
          durationMs: DurationsSchema,
        },
        closed,
      ),
      { description: "With `workflow`: its nodes that make calls." },
    ),
    endpoints: Type.Array(
      Type.Object(
        { endpointId: Type.String(), workflowId: Type.String(), accepted: Type.Integer(), durableMs: DurationsSchema },
        closed,
      ),
      { description: "Webhooks that were accepted; `durableMs` from their arrival until they were stored." },
    ),
  },
  closed,
);
export type StatisticsResource = Static<typeof StatisticsSchema>;

export const StatisticsQuerySchema = Type.Object({
  workflow: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "Only this workflow: id or slug." })),
  from: Type.Optional(
    Type.String({ minLength: 1, maxLength: 40, description: "RFC 3339 time; a day before `to` by default." }),
  ),
  to: Type.Optional(Type.String({ minLength: 1, maxLength: 40, description: "RFC 3339 time; now by default." })),
  bucket: Type.Optional(
    Type.Integer({
      minimum: 60,
      maximum: 31_536_000,
      description:
        "Seconds of a point: a multiple of 60, and so long that there are 1,500 points at most. What is older than two hours is only known by the hour, and what is older than eight days by the day. By default there are about 60 points.",
    }),
  ),
});
