import Type, { type Static } from "typebox";
import { LimitSchema, NameSchema, TimeSchema } from "./common.ts";

/** The largest body an endpoint may be set to accept, in bytes. */
export const BODY_BYTES_LIMIT = 10 * 1_048_576;

const settings = {
  name: NameSchema,
  signature: Type.Enum(["none", "github-sha256"], {
    description: "`github-sha256`: HMAC-SHA256 of the raw body in `x-hub-signature-256`.",
  }),
  dedupeHeader: Type.Union([Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$" }), Type.Null()], {
    description:
      "The request header whose value makes a delivery unique, in any case; kept in lower case. Never one that holds a credential or a signature. `idempotency-key` always counts.",
  }),
  sameKey: Type.Enum(["by_source", "first_counts", "compare"], {
    description:
      "What a key that came before is with another body. `first_counts`: the same delivery, answered with the first run. `compare`: a mistake, answered 409. `by_source`: `compare` for `idempotency-key`, `first_counts` for `dedupeHeader`, since providers stamp a retry anew.",
  }),
  handshakes: Type.Enum(["on", "off"], {
    description: "Whether verification requests of providers are answered; none starts a run.",
  }),
  bodyBytesMax: Type.Integer({ minimum: 1, maximum: BODY_BYTES_LIMIT }),
  answer: Type.Enum(["accepted", "result"], {
    description:
      "`accepted`: 202 once durable. `result`: 200 with the run's result when it ends within `resultTimeoutMs`.",
  }),
  resultTimeoutMs: Type.Integer({ minimum: 1, maximum: 60_000 }),
};

const SecretSchema = Type.String({
  minLength: 8,
  maxLength: 512,
  description: "The signing secret. Written only: no answer ever holds it.",
});

const VerifyTokenSchema = Type.Union([Type.String({ minLength: 1, maxLength: 512 }), Type.Null()], {
  description:
    "What `hub.verify_token` has to be in a verification request of Meta or WebSub; null: anything. Written only: no answer ever holds it.",
});

export const EndpointSchema = Type.Object(
  {
    id: Type.String(),
    workflowId: Type.String(),
    token: Type.String({
      description: "The unguessable part of the URL. Empty for a key with scope `read`, which may not send webhooks.",
    }),
    path: Type.String({
      description: "Where to send webhooks: `/hooks/<token>`. `/hooks/…` for a key with scope `read`.",
    }),
    ...settings,
    hasSecret: Type.Boolean(),
    hasVerifyToken: Type.Boolean(),
    createdAt: TimeSchema,
  },
  { additionalProperties: false },
);
/** An address that takes webhooks for one workflow. */
export type EndpointResource = Static<typeof EndpointSchema>;

export const EndpointListSchema = Type.Object({ items: Type.Array(EndpointSchema) }, { additionalProperties: false });

export const NewEndpointSchema = Type.Object(
  {
    workflow: Type.String({ minLength: 1, maxLength: 64, description: "Id or slug." }),
    name: settings.name,
    signature: Type.Optional(settings.signature),
    secret: Type.Optional(SecretSchema),
    dedupeHeader: Type.Optional(settings.dedupeHeader),
    bodyBytesMax: Type.Optional(settings.bodyBytesMax),
    answer: Type.Optional(settings.answer),
    resultTimeoutMs: Type.Optional(settings.resultTimeoutMs),
    sameKey: Type.Optional(settings.sameKey),
    handshakes: Type.Optional(settings.handshakes),
    verifyToken: Type.Optional(VerifyTokenSchema),
  },
  { additionalProperties: false },
);

export const EndpointChangeSchema = Type.Object(
  {
    name: Type.Optional(settings.name),
    signature: Type.Optional(settings.signature),
    secret: Type.Optional(SecretSchema),
    dedupeHeader: Type.Optional(settings.dedupeHeader),
    bodyBytesMax: Type.Optional(settings.bodyBytesMax),
    answer: Type.Optional(settings.answer),
    resultTimeoutMs: Type.Optional(settings.resultTimeoutMs),
    sameKey: Type.Optional(settings.sameKey),
    handshakes: Type.Optional(settings.handshakes),
    verifyToken: Type.Optional(VerifyTokenSchema),
  },
  { additionalProperties: false, minProperties: 1 },
);

export const RejectionSchema = Type.Object(
  {
    id: Type.String(),
    endpointId: Type.String(),
    at: TimeSchema,
    code: Type.String({
      description: "The problem code, or the private reason where the sender gets a uniform answer.",
    }),
    detail: Type.String(),
    bodyBytes: Type.Integer(),
  },
  { additionalProperties: false },
);
/** A delivery that was refused and became no run. */
export type RejectionResource = Static<typeof RejectionSchema>;

export const RejectionListSchema = Type.Object({ items: Type.Array(RejectionSchema) }, { additionalProperties: false });
export const RejectionListQuerySchema = Type.Object(
  { limit: Type.Optional(LimitSchema) },
  { additionalProperties: false },
);
