import Type, { type Static } from "typebox";
import { CursorSchema, LimitSchema, LINE_PATTERN, TEXT_PATTERN, TimeSchema } from "./common.ts";
import { MomentSchema, RunStatusSchema } from "./run.ts";

export const DeliveryOutcomeSchema = Type.Enum(["accepted", "duplicate", "rejected"], {
  description:
    "`accepted`: it became the run `runId`. `duplicate`: it repeated an accepted delivery, which became the run `runId`. `rejected`: it started nothing, for the reason that `code` and `detail` give.",
});
export type DeliveryLogOutcome = Static<typeof DeliveryOutcomeSchema>;

const HeadersSchema = Type.Record(Type.String(), Type.String(), {
  description:
    "The headers that a run sees: no credentials, no signatures, nothing that proxies add. Of a delivery that started no run, at most 32 of them, and 256 characters of each.",
});

export const LoggedDeliverySchema = Type.Object(
  {
    id: Type.String({ description: "The run's id where the delivery was accepted." }),
    at: TimeSchema,
    endpointId: Type.String(),
    workflowId: Type.String(),
    outcome: DeliveryOutcomeSchema,
    status: Type.Union([Type.Integer(), Type.Null()], {
      description:
        "The HTTP status that was answered. Null where it is not recorded: in records of earlier releases, and where the endpoint answers with what the run makes of the delivery.",
    }),
    code: Type.Union([Type.String(), Type.Null()], {
      description: "The problem code of a rejected delivery; `/problems/{code}` gives its meaning and its remedy.",
    }),
    detail: Type.Union([Type.String(), Type.Null()], {
      description: "Why, for the owner of the endpoint: it may say more than the sender was told.",
    }),
    runId: Type.Union([Type.String(), Type.Null()]),
    runStatus: Type.Union([RunStatusSchema, Type.Null()], { description: "Of an accepted delivery's run." }),
    method: Type.Union([Type.String(), Type.Null()]),
    contentType: Type.Union([Type.String(), Type.Null()]),
    bodyBytes: Type.Integer({ description: "Of the body as it was sent; where it was not read to its end, so far." }),
    address: Type.Union([Type.String(), Type.Null()], {
      description: "Where the request came from; null where that is not known.",
    }),
    headers: HeadersSchema,
    isTest: Type.Boolean({ description: "Somebody sent it from MeshHook to try the endpoint." }),
    redacted: Type.Record(Type.String(), Type.Integer(), {
      description: "How many values were redacted before the delivery was stored, by the name of the rule.",
    }),
  },
  { additionalProperties: false },
);
/** One request to an endpoint, and what became of it. */
export type LoggedDelivery = Static<typeof LoggedDeliverySchema>;

export const DeliveryListSchema = Type.Object(
  {
    items: Type.Array(LoggedDeliverySchema),
    nextCursor: Type.Union([Type.String(), Type.Null()], {
      description:
        "Pass it as `cursor` to get what is older; null where nothing is. A page may have few items or none and a next page, because one request examines at most 2,000 runs.",
    }),
  },
  { additionalProperties: false },
);

export const DeliveryListQuerySchema = Type.Object(
  {
    endpoint: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "Id of an endpoint." })),
    workflow: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "Id or slug." })),
    outcome: Type.Optional(DeliveryOutcomeSchema),
    code: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, pattern: LINE_PATTERN, description: "The code of a rejection." }),
    ),
    address: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        pattern: LINE_PATTERN,
        description: "The sender's address, exactly.",
      }),
    ),
    startedAfter: Type.Optional(MomentSchema),
    startedBefore: Type.Optional(MomentSchema),
    cursor: Type.Optional(CursorSchema),
    limit: Type.Optional(LimitSchema),
  },
  { additionalProperties: false },
);

/** The most characters of a test delivery's body. */
const TEST_BODY_CHARACTERS_MAX = 1_000_000;

export const TestDeliverySchema = Type.Object(
  {
    body: Type.Optional(
      Type.String({
        maxLength: TEST_BODY_CHARACTERS_MAX,
        pattern: TEXT_PATTERN,
        description:
          "The text that is sent, as it is. If omitted, `{}`, or nothing with GET and DELETE, which deliver the query.",
      }),
    ),
    contentType: Type.Optional(
      Type.String({ minLength: 1, maxLength: 255, pattern: LINE_PATTERN, default: "application/json" }),
    ),
    headers: Type.Optional(
      Type.Record(
        Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$" }),
        Type.String({ maxLength: 2_048, pattern: "^[\\t\\u0020-\\u007e\\u0080-\\u00ff]*$" }),
        { maxProperties: 50, description: "More headers. They do not replace those of the signature." },
      ),
    ),
    method: Type.Optional(
      Type.Enum(["POST", "PUT", "PATCH", "DELETE", "GET"], {
        description: "If omitted, the first of the endpoint's `methods`.",
      }),
    ),
    query: Type.Optional(
      Type.String({ maxLength: 2_048, pattern: "^[!-~]*$", description: "What follows the question mark." }),
    ),
    sign: Type.Optional(
      Type.Boolean({
        default: true,
        description: "Whether to sign as the endpoint requires. `false` sends what was given, to see it refused.",
      }),
    ),
  },
  { additionalProperties: false },
);

export const TestAnswerSchema = Type.Object(
  {
    status: Type.Integer({ description: "The HTTP status of the endpoint's answer." }),
    headers: Type.Record(Type.String(), Type.String()),
    body: Type.String({ description: "The answer's text; at most 64 kB of it." }),
    durationMs: Type.Number(),
    runId: Type.Union([Type.String(), Type.Null()], {
      description: "The run, where the answer names one: a new one, or that of the first delivery with the same key.",
    }),
    signedWith: Type.Array(Type.String(), { description: "The headers in which the signature was sent." }),
  },
  { additionalProperties: false },
);
/** What an endpoint answered a test delivery. */
export type TestAnswer = Static<typeof TestAnswerSchema>;
