import Type, { type Static } from "typebox";
import { CursorSchema, LimitSchema, NextCursorSchema, TimeSchema } from "./common.ts";
import { FactSchema, MomentSchema, StepErrorSchema } from "./run.ts";

/** What selects failed runs: all of it must apply. */
export const FailureFilterProperties = {
  workflow: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "Id or slug." })),
  code: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "Code of the error." })),
  node: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "Node whose step failed the run." })),
  text: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: "Part of the error's message, in any case." }),
  ),
  startedAfter: Type.Optional(MomentSchema),
  startedBefore: Type.Optional(MomentSchema),
};

export const FailureSchema = Type.Object(
  {
    runId: Type.String(),
    workflowId: Type.String(),
    versionId: Type.String(),
    startedAt: TimeSchema,
    finishedAt: TimeSchema,
    error: StepErrorSchema,
    attempts: Type.Integer({ description: "Attempts of the step that failed; 0 for steps that make no calls." }),
  },
  { additionalProperties: false },
);
/** A run that failed, and why. */
export type FailureResource = Static<typeof FailureSchema>;

const ExaminedSchema = Type.Integer({
  description:
    "How many failed runs were read for this answer. A page ends when it is full or 500 runs were read, so it may have fewer items than asked for while `nextCursor` is not null.",
});

export const FailureListQuerySchema = Type.Object(
  { ...FailureFilterProperties, cursor: Type.Optional(CursorSchema), limit: Type.Optional(LimitSchema) },
  { additionalProperties: false },
);
export const FailureListSchema = Type.Object(
  { items: Type.Array(FailureSchema), examined: ExaminedSchema, nextCursor: NextCursorSchema },
  { additionalProperties: false },
);

export const FailureGroupsQuerySchema = Type.Object(
  { ...FailureFilterProperties, cursor: Type.Optional(CursorSchema) },
  { additionalProperties: false },
);
export const FailureGroupsSchema = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          workflowId: Type.String(),
          code: Type.String(),
          node: Type.Union([Type.String(), Type.Null()]),
          runs: Type.Integer({ description: "How many of the runs that were read." }),
          message: Type.String({ description: "The message of the newest run." }),
          firstAt: TimeSchema,
          lastAt: TimeSchema,
          lastRunId: Type.String({ description: "The newest run." }),
        },
        { additionalProperties: false },
      ),
      { description: "Largest group first." },
    ),
    examined: ExaminedSchema,
    nextCursor: NextCursorSchema,
  },
  { additionalProperties: false },
);
/** Failed runs with the same workflow, code and node, counted. */
export type FailureGroups = Static<typeof FailureGroupsSchema>;

export const FailureDetailSchema = Type.Object(
  {
    ...FailureSchema.properties,
    attemptFacts: Type.Array(FactSchema, {
      description:
        "Every answer and every failure of the calls of the node that failed, in order. If that is a loop: of the calls that failed its iterations.",
    }),
  },
  { additionalProperties: false },
);
