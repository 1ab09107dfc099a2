import Type, { type Static } from "typebox";
import { TimeSchema } from "./common.ts";
import { MomentSchema, RunResponseSchema, RunStatusSchema } from "./run.ts";
import { DefinitionSchema } from "./workflow.ts";

export const TRIAL_RUNS_MAX = 200;

export const NewTrialSchema = Type.Object(
  {
    definition: Type.Optional(DefinitionSchema),
    version: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: "Number of a version of the workflow. Without `version` and `definition`, the draft is tried.",
      }),
    ),
    runId: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "Try this run only." })),
    runs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: TRIAL_RUNS_MAX,
        default: 50,
        description: "Try this many runs, the newest first.",
      }),
    ),
    startedAfter: Type.Optional(MomentSchema),
    startedBefore: Type.Optional(MomentSchema),
  },
  { additionalProperties: false },
);

const EndingSchema = Type.Object(
  {
    status: RunStatusSchema,
    output: Type.Optional(Type.Unknown({ description: "Absent where its JSON is longer than 2,048 characters." })),
    outputLength: Type.Optional(Type.Integer({ description: "The length of an output that is left out." })),
    code: Type.Optional(Type.String({ description: "The code of the error of a failed run." })),
    response: Type.Optional(RunResponseSchema),
  },
  { additionalProperties: false },
);

const DifferenceSchema = Type.Object(
  {
    node: Type.String(),
    iteration: Type.Optional(Type.Array(Type.Integer({ minimum: 0 }))),
    kind: Type.Enum(["port", "request", "status", "output", "unknown"], {
      description:
        "`port`: a branch takes another port. `request`: a call sends another request; what comes after assumes the recorded answer. `status`: the step ends in another way, or only one of the versions has it. `output`: its output differs. `unknown`: it waits for an answer that was never recorded.",
    }),
    parts: Type.Optional(
      Type.Array(Type.Enum(["method", "url", "headers", "body"]), { description: "What differs in the request." }),
    ),
    reason: Type.Optional(
      Type.Enum(["never_called", "no_such_attempt", "waits"], { description: "Why something is unknown." }),
    ),
    before: Type.Optional(
      Type.Unknown({ description: "As it was. Outputs longer than 2,048 characters of JSON are left out." }),
    ),
    after: Type.Optional(
      Type.Unknown({ description: "As it would be. Outputs longer than 2,048 characters of JSON are left out." }),
    ),
  },
  { additionalProperties: false },
);

export const TrialRunSchema = Type.Object(
  {
    runId: Type.String(),
    versionId: Type.String(),
    startedAt: TimeSchema,
    verdict: Type.Enum(["same", "different", "unknown", "unreadable"], {
      description:
        "`same`: the run would do the same and end in the same way. `different`: something would be done or decided otherwise. `unknown`: nothing differs until a call that was never made. `unreadable`: the run does not fold under its own version.",
    }),
    differences: Type.Array(DifferenceSchema, {
      description: "At most 20, in the order of the tried version. Those after the first may follow from it.",
    }),
    differencesCount: Type.Integer({ minimum: 0 }),
    before: Type.Optional(EndingSchema),
    after: Type.Optional(EndingSchema),
    unusedFacts: Type.Optional(
      Type.Integer({ minimum: 0, description: "Recorded answers and times that the tried version does not ask for." }),
    ),
    problem: Type.Optional(Type.String({ description: "Why the run is unreadable." })),
  },
  { additionalProperties: false },
);

export const TrialSchema = Type.Object(
  {
    hash: Type.String({ description: "Hash of the definition that was tried." }),
    same: Type.Integer({ minimum: 0 }),
    different: Type.Integer({ minimum: 0 }),
    unknown: Type.Integer({ minimum: 0 }),
    unreadable: Type.Integer({ minimum: 0 }),
    stoppedBy: Type.Union([Type.Enum(["time", "size"]), Type.Null()], {
      description:
        "Why fewer runs were tried than asked for: the work took too long, or the runs are too large together.",
    }),
    runs: Type.Array(TrialRunSchema),
  },
  { additionalProperties: false },
);
/** A definition, tried against recorded runs. */
export type TrialResource = Static<typeof TrialSchema>;
/** One recorded run under the tried definition. */
export type TrialRunResource = Static<typeof TrialRunSchema>;
