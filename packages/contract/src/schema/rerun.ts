import Type, { type Static } from "typebox";
import { TimeSchema } from "./common.ts";
import { RunStatusSchema } from "./run.ts";

export const IdempotencyKeySchema = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: "^[!-~]+$",
  description: "Names this request. Sending it again gives the same run instead of another one.",
});

export const ReplaySchema = Type.Object(
  {
    idempotencyKey: IdempotencyKeySchema,
    version: Type.Optional(
      Type.Enum(["active", "same"], {
        default: "active",
        description: "`active`: the version that the workflow has published last. `same`: the version of the run.",
      }),
    ),
  },
  { additionalProperties: false },
);
export const ResumeSchema = Type.Object(
  {
    idempotencyKey: IdempotencyKeySchema,
    step: Type.String({ minLength: 1, maxLength: 64, description: "The node of the step to continue from." }),
    iteration: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0 }), {
        minItems: 1,
        maxItems: 16,
        description: "Inside loops the numbers of the iterations, outermost first.",
      }),
    ),
    input: Type.Optional(
      Type.Unknown({ description: "What `input` is for the step and those after it, instead of the webhook's body." }),
    ),
    outputs: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: "Other outputs of earlier steps, by node, as the step and those after it are to see them.",
      }),
    ),
  },
  { additionalProperties: false },
);

export const RerunAnswerSchema = Type.Object(
  {
    runId: Type.String({ description: "The new run." }),
    duplicate: Type.Optional(
      Type.Boolean({ description: "True when an earlier request with this idempotency key already started the run." }),
    ),
    status: Type.Optional(RunStatusSchema),
  },
  { additionalProperties: false },
);
/** The run that a replay or a resume started. */
export type RerunAnswer = Static<typeof RerunAnswerSchema>;

export const RerunListSchema = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        { runId: Type.String(), kind: Type.Enum(["replay", "resume"]), at: TimeSchema },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
/** Runs that a run became again. */
export type RerunList = Static<typeof RerunListSchema>;
