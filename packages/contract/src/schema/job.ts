import Type, { type Static } from "typebox";
import { TEXT_PATTERN, TimeSchema } from "./common.ts";
import { FailureFilterProperties } from "./failure.ts";
import { IdempotencyKeySchema } from "./rerun.ts";
import { RunStatusSchema, StepErrorSchema } from "./run.ts";

export const RunFilterSchema = Type.Object(
  {
    ...FailureFilterProperties,
    status: Type.Optional(
      Type.Enum(["running", "succeeded", "failed", "canceled"], {
        description:
          "`replay` takes runs that have ended, by default failed ones; `cancel` takes running ones only; `erase` takes runs that have ended, by default all. `code`, `node` and `text` select among failed runs.",
      }),
    ),
  },
  { additionalProperties: false, description: "Which runs: all of it must apply." },
);

const jobProperties = {
  kind: Type.Enum(["replay", "cancel", "erase"], {
    description: "`erase` hides runs at once, and has retention remove what is stored of them.",
  }),
  filter: RunFilterSchema,
  version: Type.Optional(
    Type.Enum(["active", "same"], {
      default: "active",
      description: "For `replay`: the version that each workflow has published last, or the one of each run.",
    }),
  ),
  reason: Type.Optional(
    Type.String({ maxLength: 500, pattern: TEXT_PATTERN, description: "For `cancel`: stored with every run." }),
  ),
};

export const NewJobSchema = Type.Object(
  {
    ...jobProperties,
    idempotencyKey: IdempotencyKeySchema,
    ratePerSecond: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1_000, default: 20, description: "The most runs per second." }),
    ),
  },
  { additionalProperties: false },
);
export const JobPreviewQuerySchema = Type.Object(
  {
    ...jobProperties,
    examples: Type.Optional(Type.Integer({ minimum: 0, maximum: 50, default: 5, description: "The most examples." })),
  },
  { additionalProperties: false },
);

export const JobPreviewSchema = Type.Object(
  {
    runs: Type.Integer({ description: "How many runs the job would take." }),
    isComplete: Type.Boolean({
      description: "False when there are more: at most 10,000 runs are counted, or 500 where errors have to be read.",
    }),
    workflows: Type.Array(
      Type.Object({ workflowId: Type.String(), runs: Type.Integer() }, { additionalProperties: false }),
    ),
    calls: Type.Array(
      Type.Object(
        {
          workflowId: Type.String(),
          versionId: Type.String(),
          node: Type.String(),
          method: Type.String(),
          url: Type.String({ description: "With the expressions that each run fills in." }),
          runs: Type.Integer({ description: "How many of the runs could make this call." }),
        },
        { additionalProperties: false },
      ),
      { description: "For `replay`: the calls of the versions that would run." },
    ),
    examples: Type.Array(
      Type.Object(
        {
          runId: Type.String(),
          workflowId: Type.String(),
          status: RunStatusSchema,
          startedAt: TimeSchema,
          error: Type.Optional(StepErrorSchema),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
/** What a job would do. */
export type JobPreview = Static<typeof JobPreviewSchema>;

export const JobSchema = Type.Object(
  {
    id: Type.String(),
    ...jobProperties,
    ratePerSecond: Type.Integer(),
    by: Type.Object({ keyId: Type.String(), name: Type.String() }, { additionalProperties: false }),
    state: Type.Enum(["running", "stopping", "stopped", "done"]),
    examined: Type.Integer({ description: "Runs that were looked at." }),
    done: Type.Integer({ description: "Runs that were replayed, asked to stop, or erased." }),
    refused: Type.Integer({
      description:
        "Runs for which nothing was done: their workflow was deleted, they had ended before they could be canceled, or they had not ended and could not be erased.",
    }),
    message: Type.Union([Type.String(), Type.Null()], {
      description: "Why the job does not get on, or why the last run was refused; null otherwise.",
    }),
    createdAt: TimeSchema,
    finishedAt: Type.Union([TimeSchema, Type.Null()]),
  },
  { additionalProperties: false },
);
/** Work on many runs. */
export type JobResource = Static<typeof JobSchema>;

export const JobListSchema = Type.Object({ items: Type.Array(JobSchema) }, { additionalProperties: false });
