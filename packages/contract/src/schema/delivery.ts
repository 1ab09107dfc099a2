import Type, { type Static } from "typebox";
import { RunStatusSchema, StepErrorSchema } from "./run.ts";

/** Answer to `POST /hooks/{token}`. */
export const DeliveryAnswerSchema = Type.Object(
  {
    runId: Type.String(),
    status: Type.Optional(RunStatusSchema),
    duplicate: Type.Optional(
      Type.Boolean({ description: "True when an earlier delivery with this idempotency key already started the run." }),
    ),
    sameBody: Type.Optional(
      Type.Boolean({ description: "False when the earlier delivery with the same key had a different body." }),
    ),
    output: Type.Optional(Type.Unknown()),
    reason: Type.Optional(Type.String()),
    error: Type.Optional(StepErrorSchema),
  },
  { additionalProperties: false },
);
/**
 * What a webhook's sender gets. 202: the delivery is durable, and `status` is the run's current one. 200 with `duplicate: true`: this
 * delivery had been accepted before. 200 with `output`: the endpoint answers with results and the run ended in time.
 */
export type DeliveryAnswer = Static<typeof DeliveryAnswerSchema>;
