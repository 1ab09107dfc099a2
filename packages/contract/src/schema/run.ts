import Type, { type Static } from "typebox";
import { CursorSchema, LimitSchema, LINE_PATTERN, NextCursorSchema, TEXT_PATTERN, TimeSchema } from "./common.ts";

export const RunStatusSchema = Type.Enum(["running", "succeeded", "failed", "canceled"]);

export const RunSummarySchema = Type.Object(
  {
    id: Type.String(),
    workflowId: Type.String(),
    versionId: Type.String(),
    status: RunStatusSchema,
    startedAt: TimeSchema,
    finishedAt: Type.Union([TimeSchema, Type.Null()]),
  },
  { additionalProperties: false },
);
/** A run in a list. */
export type RunSummaryResource = Static<typeof RunSummarySchema>;

export const RunListSchema = Type.Object(
  {
    items: Type.Array(RunSummarySchema),
    examined: Type.Optional(Type.Integer({ description: "With `where`: how many runs were read for this page." })),
    nextCursor: NextCursorSchema,
  },
  { additionalProperties: false },
);
export const MomentSchema = Type.String({
  pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,6})?(Z|[+-]\\d{2}:\\d{2})$",
  description:
    "RFC 3339 time, such as 2026-11-24T00:10:26Z. Compared, inclusive and to the millisecond, with the time in the run's id: when its delivery had been read and was accepted, which is a little later than `startedAt`.",
});

export const RunListQuerySchema = Type.Object(
  {
    workflow: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "Id or slug." })),
    status: Type.Optional(RunStatusSchema),
    where: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 4_096,
        description:
          "Only runs whose delivery fulfils this: an expression over `input`, `headers` and `query`, such as ``input.order.total > `100` ``, or a place and its value, such as `input.order.id=A-17`. A page is over when 500 runs have been read or two seconds have passed, so it may have fewer items than `limit`, or none, and a `nextCursor` all the same.",
      }),
    ),
    startedAfter: Type.Optional(MomentSchema),
    startedBefore: Type.Optional(MomentSchema),
    cursor: Type.Optional(CursorSchema),
    limit: Type.Optional(LimitSchema),
  },
  { additionalProperties: false },
);

export const StepErrorSchema = Type.Object(
  {
    code: Type.String(),
    message: Type.String(),
    node: Type.Optional(Type.String()),
    status: Type.Optional(Type.Integer()),
    attempt: Type.Optional(Type.Integer()),
  },
  { additionalProperties: false },
);

export const RunResponseSchema = Type.Object(
  {
    status: Type.Integer({ minimum: 200, maximum: 599 }),
    headers: Type.Record(Type.String(), Type.String()),
    body: Type.Optional(Type.String({ description: "Absent when there is no body." })),
    bodyEncoding: Type.Optional(Type.Enum(["base64"], { description: "`base64`: `body` is base64 of the bytes." })),
  },
  {
    additionalProperties: false,
    description: "The answer to the webhook that the workflow made. Endpoints send it if their `answer` is `response`.",
  },
);

export const RunResultSchema = Type.Object(
  {
    status: Type.Enum(["succeeded", "failed", "canceled"]),
    output: Type.Unknown(),
    reason: Type.Optional(Type.String()),
    error: Type.Optional(StepErrorSchema),
    response: Type.Optional(RunResponseSchema),
  },
  { additionalProperties: false },
);

const LoopProgressSchema = Type.Object(
  { items: Type.Integer(), succeeded: Type.Integer(), failed: Type.Integer(), running: Type.Integer() },
  { additionalProperties: false, description: "How many iterations of a loop that goes on are in which state." },
);

const WaitsForSchema = Type.Object(
  {
    kind: Type.Enum(
      [
        "answer",
        "retry",
        "target_slot",
        "target_rate",
        "circuit_breaker",
        "process_slot",
        "timer",
        "signal",
        "child",
        "iterations",
      ],
      {
        description:
          "`answer`: that of a call. `retry`: the time of a call's next attempt. `target_slot`, `target_rate`: a call is not sent yet because of the `limits` of calls to `origin`. `circuit_breaker`: nor because that origin failed too often. `process_slot`: nor because the process has as many calls under way as it may. A process that does not own the run knows none of these four and answers `answer`. `timer`: the end of a delay. `signal`: see `POST /runs/{runId}/signals`. `child`: the end of the run with `runId`. `iterations`: those of a loop.",
      },
    ),
    attempt: Type.Optional(Type.Integer({ description: "Of a call: the attempt that is under way, or the next one." })),
    origin: Type.Optional(
      Type.String({ description: "Of a call that its target's limits or circuit breaker hold back." }),
    ),
    name: Type.Optional(Type.String({ description: "Of a signal." })),
    runId: Type.Optional(Type.String({ description: "Of a child." })),
    until: Type.Optional(TimeSchema),
    timeoutAt: Type.Optional(TimeSchema),
  },
  {
    additionalProperties: false,
    description:
      "What a waiting step waits for. `until`: when this ends by itself. `timeoutAt`: when the step fails with step_timeout.",
  },
);

export const StepSchema = Type.Object(
  {
    node: Type.String(),
    type: Type.String(),
    status: Type.Enum(["pending", "waiting", "succeeded", "failed", "skipped", "canceled"]),
    port: Type.Optional(Type.String()),
    attempts: Type.Integer(),
    kept: Type.Optional(
      Type.Boolean({
        description: "True when the step ended in the run that this one continues, and was not run again.",
      }),
    ),
    loop: Type.Optional(LoopProgressSchema),
    waitsFor: Type.Optional(WaitsForSchema),
    output: Type.Optional(Type.Unknown()),
    error: Type.Optional(StepErrorSchema),
    startedAt: Type.Optional(TimeSchema),
    finishedAt: Type.Optional(TimeSchema),
  },
  { additionalProperties: false },
);

const IterationSchema = Type.Array(Type.Integer({ minimum: 0 }), {
  description: "Inside loops the numbers of the iterations, outermost first. Absent outside.",
});

const RequesterSchema = Type.Object(
  { keyId: Type.String(), name: Type.String({ description: "The key's name at that time." }) },
  {
    additionalProperties: false,
    description: "The API key with which somebody asked for the run. Absent in runs of earlier releases.",
  },
);

const RunOriginSchema = Type.Union(
  [
    Type.Object(
      {
        kind: Type.Literal("replay"),
        runId: Type.String(),
        by: Type.Optional(RequesterSchema),
        job: Type.Optional(
          Type.String({ description: "The job that replays many runs. Absent when this one was asked for by itself." }),
        ),
      },
      { additionalProperties: false },
    ),
    Type.Object(
      {
        kind: Type.Literal("resume"),
        runId: Type.String(),
        node: Type.String(),
        iteration: Type.Optional(IterationSchema),
        by: Type.Optional(RequesterSchema),
        edited: Type.Optional(
          Type.Array(Type.String(), {
            description:
              "What differs from the other run: `input`, and `nodes.<id>` for the output of a step that was kept. Absent when nothing was edited.",
          }),
        ),
      },
      { additionalProperties: false },
    ),
    Type.Object(
      {
        kind: Type.Literal("child"),
        runId: Type.String(),
        node: Type.String(),
        iteration: Type.Optional(IterationSchema),
        depth: Type.Integer({ minimum: 1, description: "1 for the child of a run that is nobody's child." }),
        rootRunId: Type.Optional(
          Type.String({
            description: "The run above all others that led to this one. Absent in runs of earlier releases.",
          }),
        ),
      },
      { additionalProperties: false },
    ),
    Type.Object({ kind: Type.Literal("schedule"), plannedAt: TimeSchema }, { additionalProperties: false }),
  ],
  {
    description:
      "Where the run comes from: the run that it replays, the run and step that it continues, the run and step that wait for it, or the time of a schedule.",
  },
);

const ChildRunSchema = Type.Object(
  {
    node: Type.String(),
    iteration: Type.Optional(IterationSchema),
    runId: Type.String(),
    workflow: Type.String({ description: "The slug of its workflow." }),
  },
  { additionalProperties: false },
);

export const RunSchema = Type.Object(
  {
    ...RunSummarySchema.properties,
    origin: Type.Union([RunOriginSchema, Type.Null()], { description: "Null for a run that a webhook started." }),
    turn: Type.Union(
      [
        Type.Object(
          {
            isPaused: Type.Boolean({ description: "The workflow is paused." }),
            ahead: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
              description:
                "How many runs of the workflow wait before this one. Null where the process asked does not know.",
            }),
            slotOf: Type.Union([Type.Enum(["workflow", "project"]), Type.Null()], {
              description:
                "Whose limit of runs that go on at the same time keeps this one waiting. Null while the workflow is paused, if its turn is about to come, or where the process asked does not know.",
            }),
          },
          { additionalProperties: false },
        ),
        Type.Null(),
      ],
      { description: "What a run that has not begun waits for; null once it has begun." },
    ),
    steps: Type.Array(StepSchema),
    children: Type.Array(ChildRunSchema, {
      description: "The runs that its steps started, in order. A child that was asked for may be a moment away.",
    }),
    result: Type.Union([RunResultSchema, Type.Null()], { description: "Null while the run is in progress." }),
    stateHash: Type.Optional(
      Type.String({
        pattern: "^[0-9a-f]{64}$",
        description:
          "SHA-256 of the folded state, if `stateHash=true` asks for it: the same facts give the same hash anywhere.",
      }),
    ),
  },
  { additionalProperties: false },
);
/** A run with its steps and result, folded from its facts. */
export type RunResource = Static<typeof RunSchema>;

export const FactSchema = Type.Object(
  {
    seq: Type.Integer({ description: "Number of the segment. The facts of a segment became durable together." }),
    position: Type.Integer(),
    kind: Type.String(),
    at: TimeSchema,
    data: Type.Record(Type.String(), Type.Unknown(), {
      description: "The fact's other fields, which depend on its kind.",
    }),
  },
  { additionalProperties: false },
);
/** What cannot be recomputed about a run. */
export type FactResource = Static<typeof FactSchema>;
export const FactListQuerySchema = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 999_999_999, description: "Return only facts of segments after this one." }),
    ),
  },
  { additionalProperties: false },
);
export const FactListSchema = Type.Object({ items: Type.Array(FactSchema) }, { additionalProperties: false });

export const EventSchema = Type.Object(
  {
    runId: Type.String(),
    seq: Type.Integer(),
    position: Type.Integer(),
    at: TimeSchema,
    level: Type.Enum(["debug", "info", "warn", "error"]),
    type: Type.String(),
    node: Type.Optional(Type.String()),
    iteration: Type.Optional(IterationSchema),
    message: Type.String(),
    data: Type.Optional(Type.Unknown()),
  },
  { $id: "Event", additionalProperties: false },
);
/** One line of a run's live log. */
export type EventResource = Static<typeof EventSchema>;

/** `<seq>.<position>` of the last event received. */
export const EventCursorSchema = Type.String({
  pattern: "^(0|[1-9]\\d{0,8})\\.(0|[1-9]\\d{0,8})$",
  description: "`<seq>.<position>` of the last event received.",
});
export const EventListSchema = Type.Object(
  {
    items: Type.Array(EventSchema),
    next: Type.Union([Type.String(), Type.Null()], {
      description: "Pass it as `after` to get the next page; null when there are no more events for now.",
    }),
    done: Type.Boolean({ description: "True when the run has ended and this page contains its last event." }),
  },
  { additionalProperties: false },
);
const OutputsSchema = Type.Boolean({
  default: true,
  description: "`false` leaves the outputs of steps out of the events; they can be most of the bytes.",
});
export const EventListQuerySchema = Type.Object(
  { after: Type.Optional(EventCursorSchema), limit: Type.Optional(LimitSchema), outputs: Type.Optional(OutputsSchema) },
  { additionalProperties: false },
);
export const RunQuerySchema = Type.Object(
  {
    outputs: Type.Optional(
      Type.Boolean({ default: true, description: "`false` leaves out the outputs of steps, which can be large." }),
    ),
    stateHash: Type.Optional(
      Type.Boolean({ default: false, description: "`true` adds the hash of the folded state." }),
    ),
  },
  { additionalProperties: false },
);
export const ProjectEventsQuerySchema = Type.Object(
  {
    after: Type.Optional(Type.String({ pattern: "^[!-~]{1,200}$", description: "The last `id:` received." })),
    outputs: Type.Optional(OutputsSchema),
  },
  { additionalProperties: false },
);

export const CancelSchema = Type.Object(
  { reason: Type.Optional(Type.String({ maxLength: 500, pattern: TEXT_PATTERN })) },
  { additionalProperties: false },
);
const SignalNameSchema = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: LINE_PATTERN,
  description: "The name that the workflow waits for.",
});
export const SignalSchema = Type.Object(
  {
    name: SignalNameSchema,
    payload: Type.Optional(
      Type.Unknown({
        description: "Any JSON of up to 64 kB; null if absent. The step that takes the signal puts it out.",
      }),
    ),
    key: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        pattern: TEXT_PATTERN,
        description:
          "Yours: of all signals with the same key the run gets only the first, so that you can repeat a request.",
      }),
    ),
  },
  { additionalProperties: false },
);
export const SignalAnswerSchema = Type.Object(
  {
    runId: Type.String(),
    repeated: Type.Boolean({
      description:
        "False: the signal is stored and will reach the run, unless the run ends before. True: the run had a signal with this key before, and nothing was stored.",
    }),
  },
  { additionalProperties: false },
);

export const SignalLinkSchema = Type.Object(
  {
    name: SignalNameSchema,
    payload: Type.Optional(
      Type.Unknown({ description: "Any JSON of up to 1 kB, which the signal will have; null if absent." }),
    ),
    validForMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 31_622_400_000,
        default: 604_800_000,
        description: "How long the link can be used: up to 366 days, by default 7.",
      }),
    ),
  },
  { additionalProperties: false },
);
export const SignalLinkAnswerSchema = Type.Object(
  {
    path: Type.String({
      description:
        "The link's path at the address of this server. Opening it asks for confirmation; only then the signal is sent, once. Anybody who has the link can use it.",
    }),
    expiresAt: TimeSchema,
  },
  { additionalProperties: false },
);

export const RunSetAsideSchema = Type.Object(
  {
    runId: Type.String(),
    attempts: Type.Integer({
      minimum: 1,
      description: "How many processes ended, or lost the run's shard, while they loaded the run.",
    }),
    lastAttemptAt: TimeSchema,
  },
  { additionalProperties: false },
);
/** A run that is not loaded any more until it is released. */
export type RunSetAsideResource = Static<typeof RunSetAsideSchema>;

export const SetAsideListSchema = Type.Object(
  { items: Type.Array(RunSetAsideSchema) },
  { additionalProperties: false },
);

export const SemanticsSchema = Type.Object(
  {
    known: Type.Integer({ minimum: 1, description: "The newest engine semantics that the answering process knows." }),
    unfinished: Type.Array(
      Type.Object(
        { semantics: Type.Integer({ minimum: 1 }), runs: Type.Integer({ minimum: 1 }) },
        { additionalProperties: false },
      ),
      { description: "How many runs of all projects have not ended, by the semantics that they were started with." },
    ),
  },
  { additionalProperties: false },
);

export const ReleaseAnswerSchema = Type.Object({ runId: Type.String() }, { additionalProperties: false });

export const CancelAnswerSchema = Type.Object(
  {
    runId: Type.String(),
    accepted: Type.Boolean({
      description:
        "True: the request is stored and will reach the run; a run that ends before it arrives keeps its result. False: the run had already ended.",
    }),
  },
  { additionalProperties: false },
);
