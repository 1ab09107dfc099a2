import Type, { type Static } from "typebox";
import { NameSchema, TimeSchema } from "./common.ts";

const closed = { additionalProperties: false } as const;
const IdSchema = Type.String({ minLength: 1, maxLength: 64 });

const AlertTargetSchema = Type.Union(
  [
    Type.Object(
      {
        kind: Type.Literal("webhook"),
        url: Type.String({
          minLength: 8,
          maxLength: 2_048,
          pattern: "^https?://[^\\s\\u0000-\\u001f\\u007f\\p{Cs}]+$",
          description: "Where alerts are posted to, through the egress guard, as calls of workflows are.",
        }),
        signingKeys: Type.Array(Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]{0,63}$" }), {
          minItems: 1,
          maxItems: 2,
          description: "The names of secrets of the project to sign with by Standard Webhooks, as with `emit`.",
        }),
      },
      closed,
    ),
    Type.Object(
      {
        kind: Type.Literal("email"),
        to: Type.Array(
          Type.String({ maxLength: 254, pattern: '^[^@\\s<>,;:"\\u0000-\\u001f\\u007f\\p{Cs}]+@[A-Za-z0-9.-]+$' }),
          {
            minItems: 1,
            maxItems: 10,
            description: "Addresses.",
          },
        ),
      },
      closed,
    ),
  ],
  { description: "How the channel is reached." },
);

const channelProperties = { name: NameSchema, target: AlertTargetSchema };

export const AlertChannelSchema = Type.Object({ id: IdSchema, ...channelProperties, createdAt: TimeSchema }, closed);
/** Where alerts are sent. */
export type AlertChannelResource = Static<typeof AlertChannelSchema>;

export const NewAlertChannelSchema = Type.Object(channelProperties, closed);
export const AlertChannelListSchema = Type.Object({ items: Type.Array(AlertChannelSchema) }, closed);

export const AlertTestSchema = Type.Object(
  {
    error: Type.Union([Type.String(), Type.Null()], {
      description: "Why the message was not taken; null: it was delivered.",
    }),
  },
  closed,
);

const ruleSettings = {
  name: NameSchema,
  threshold: Type.Number({
    exclusiveMinimum: 0,
    maximum: 1_000_000,
    description:
      "Fires from this value on. `failure_rate`: a share of the runs that ended, up to 1. `oldest_run` and `endpoint_silent`: minutes. `failed_runs` and `rejections`: a count.",
  }),
  windowMinutes: Type.Integer({
    minimum: 1,
    maximum: 1_440,
    description: "How far back to look; for `failure_rate`, `failed_runs` and `rejections`.",
  }),
  countMin: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    description: "For `failure_rate`: with fewer runs, it does not fire.",
  }),
  throttleMinutes: Type.Integer({
    minimum: 0,
    maximum: 10_080,
    description: "After a message that it fires, the next such message comes this much later at the earliest.",
  }),
  channelIds: Type.Array(IdSchema, { maxItems: 20, description: "Where it reports to; empty: every channel." }),
};

export const AlertRuleSchema = Type.Object(
  {
    id: IdSchema,
    kind: Type.Enum(["failure_rate", "failed_runs", "oldest_run", "endpoint_silent", "rejections"], {
      description:
        "`failure_rate`: the share of runs that failed. `failed_runs`: how many failed (dead letters). `oldest_run`: the age of the oldest run that goes on, without those that wait for a time or a signal. `endpoint_silent`: the time since an endpoint accepted something. `rejections`: how many requests were refused.",
    }),
    ...ruleSettings,
    workflowId: Type.Union([IdSchema, Type.Null()], { description: "Only of this workflow; null: of all." }),
    endpointId: Type.Union([IdSchema, Type.Null()], { description: "Only of this endpoint; null: of all." }),
    isPaused: Type.Boolean(),
    createdAt: TimeSchema,
    state: Type.Union(
      [
        Type.Object(
          {
            isFiring: Type.Boolean(),
            since: TimeSchema,
            value: Type.Union([Type.Number(), Type.Null()], { description: "When it was stored last." }),
          },
          closed,
        ),
        Type.Null(),
      ],
      { description: "Null: it has not been looked at yet." },
    ),
  },
  closed,
);
/** What is watched of a project. */
export type AlertRuleResource = Static<typeof AlertRuleSchema>;
export const AlertRuleListSchema = Type.Object({ items: Type.Array(AlertRuleSchema) }, closed);

export const NewAlertRuleSchema = Type.Object(
  {
    kind: AlertRuleSchema.properties.kind,
    name: ruleSettings.name,
    threshold: ruleSettings.threshold,
    windowMinutes: Type.Optional(Type.Integer({ ...ruleSettings.windowMinutes, default: 5 })),
    countMin: Type.Optional(Type.Integer({ ...ruleSettings.countMin, default: 10 })),
    throttleMinutes: Type.Optional(Type.Integer({ ...ruleSettings.throttleMinutes, default: 60 })),
    channelIds: Type.Optional(ruleSettings.channelIds),
    workflow: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "Id or slug." })),
    endpointId: Type.Optional(IdSchema),
  },
  closed,
);

export const AlertRuleChangeSchema = Type.Partial(
  Type.Object({ ...ruleSettings, isPaused: AlertRuleSchema.properties.isPaused }, closed),
  closed,
);

export const AlertMessageListSchema = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          id: IdSchema,
          channelId: IdSchema,
          state: Type.Enum(["waiting", "delivered", "given_up"]),
          summary: Type.String(),
          createdAt: TimeSchema,
          attempts: Type.Integer(),
          error: Type.Union([Type.String(), Type.Null()], { description: "Of the last attempt." }),
        },
        closed,
      ),
      { description: "The newest 100, newest first." },
    ),
  },
  closed,
);
export type AlertMessageResource = Static<typeof AlertMessageListSchema>["items"][number];
