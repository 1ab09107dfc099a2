import Type, { type Static } from "typebox";
import { acceptance, AliasSchema } from "./acceptance.ts";
import { EtagSchema, LimitSchema, NameSchema, TimeSchema } from "./common.ts";
import { SecretSchema, SignatureKindSchema, SignatureSettingsSchema, SigningKeySchema } from "./signature.ts";

/** The largest body an endpoint may be set to accept, in bytes. */
export const BODY_BYTES_LIMIT = 10 * 1_048_576;

const settings = {
  name: NameSchema,
  signature: SignatureKindSchema,
  signatureSettings: SignatureSettingsSchema,
  dedupeHeader: Type.Union([Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$" }), Type.Null()], {
    description:
      "A request header whose value identifies a delivery, in addition to `idempotency-key`. The name is case-insensitive and stored in lower case. It cannot be one that holds a credential or a signature.",
  }),
  sameKey: Type.Enum(["by_source", "first_counts", "compare"], {
    description:
      "What happens when a key is repeated with a different body. `first_counts`: it counts as the same delivery and is answered with the first run. `compare`: it is refused with 409. `by_source`: `compare` for `idempotency-key`, and `first_counts` for `dedupeHeader`, because providers put a new timestamp into the body of a retry.",
  }),
  handshakes: Type.Enum(["on", "off"], {
    description: "Whether to answer the verification requests of providers. They never start a run.",
  }),
  bodyBytesMax: Type.Integer({ minimum: 1, maximum: BODY_BYTES_LIMIT }),
  answer: Type.Enum(["accepted", "result", "response"], {
    description:
      "`accepted`: answers 202 once the delivery is durable. `result`: answers 200 with the run's result if the run ends within `resultTimeoutMs`. `response`: answers with the `response` of the terminate node that ended the run.",
  }),
  resultTimeoutMs: Type.Integer({ minimum: 1, maximum: 60_000 }),
  ...acceptance,
  alias: AliasSchema,
};

const VerifyTokenSchema = Type.Union([Type.String({ minLength: 1, maxLength: 512 }), Type.Null()], {
  description:
    "The required value of `hub.verify_token` in a verification request from Meta or WebSub; null accepts any value. Write-only: it is never returned.",
});

export const EndpointSchema = Type.Object(
  {
    id: Type.String(),
    workflowId: Type.String(),
    token: Type.String({
      description: "The secret part of the URL. Empty for a key with scope `read`, which may not send webhooks.",
    }),
    path: Type.String({
      description: "Where to send webhooks: `/hooks/<token>`. For a key with scope `read`: `/hooks/…`.",
    }),
    ...settings,
    hasSecret: Type.Boolean(),
    signingKeys: Type.Array(SigningKeySchema, { description: "The keys that are accepted, newest first." }),
    warnings: Type.Array(Type.String(), { description: "What is unsafe about these settings, in sentences." }),
    hasVerifyToken: Type.Boolean(),
    aliasPath: Type.Union([Type.String(), Type.Null()], {
      description: "`/hooks/<project>/<alias>`; null without an alias.",
    }),
    pausedAt: Type.Union([TimeSchema, Type.Null()], {
      description: "Since when deliveries have been answered 503; null when the endpoint is not paused.",
    }),
    createdAt: TimeSchema,
    etag: EtagSchema,
  },
  { additionalProperties: false },
);
/** An address that accepts webhooks for one workflow. */
export type EndpointResource = Static<typeof EndpointSchema>;

export const EndpointListSchema = Type.Object({ items: Type.Array(EndpointSchema) }, { additionalProperties: false });

export const NewEndpointSchema = Type.Object(
  {
    workflow: Type.String({ minLength: 1, maxLength: 64, description: "Id or slug." }),
    name: settings.name,
    signature: Type.Optional(settings.signature),
    signatureSettings: Type.Optional(settings.signatureSettings),
    secret: Type.Optional(SecretSchema),
    dedupeHeader: Type.Optional(settings.dedupeHeader),
    bodyBytesMax: Type.Optional(settings.bodyBytesMax),
    answer: Type.Optional(settings.answer),
    resultTimeoutMs: Type.Optional(settings.resultTimeoutMs),
    sameKey: Type.Optional(settings.sameKey),
    handshakes: Type.Optional(settings.handshakes),
    methods: Type.Optional(settings.methods),
    contentTypes: Type.Optional(settings.contentTypes),
    cloudEvents: Type.Optional(settings.cloudEvents),
    rateLimit: Type.Optional(settings.rateLimit),
    allowedAddresses: Type.Optional(settings.allowedAddresses),
    payloadSchema: Type.Optional(settings.payloadSchema),
    dedupeExpression: Type.Optional(settings.dedupeExpression),
    redaction: Type.Optional(settings.redaction),
    alias: Type.Optional(settings.alias),
    verifyToken: Type.Optional(VerifyTokenSchema),
  },
  { additionalProperties: false },
);

export const EndpointChangeSchema = Type.Object(
  {
    name: Type.Optional(settings.name),
    signature: Type.Optional(settings.signature),
    signatureSettings: Type.Optional(settings.signatureSettings),
    secret: Type.Optional(SecretSchema),
    dedupeHeader: Type.Optional(settings.dedupeHeader),
    bodyBytesMax: Type.Optional(settings.bodyBytesMax),
    answer: Type.Optional(settings.answer),
    resultTimeoutMs: Type.Optional(settings.resultTimeoutMs),
    sameKey: Type.Optional(settings.sameKey),
    handshakes: Type.Optional(settings.handshakes),
    methods: Type.Optional(settings.methods),
    contentTypes: Type.Optional(settings.contentTypes),
    cloudEvents: Type.Optional(settings.cloudEvents),
    rateLimit: Type.Optional(settings.rateLimit),
    allowedAddresses: Type.Optional(settings.allowedAddresses),
    payloadSchema: Type.Optional(settings.payloadSchema),
    dedupeExpression: Type.Optional(settings.dedupeExpression),
    redaction: Type.Optional(settings.redaction),
    alias: Type.Optional(settings.alias),
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
      description: "The problem code, or a more specific reason that the sender does not see.",
    }),
    detail: Type.String(),
    bodyBytes: Type.Integer(),
  },
  { additionalProperties: false },
);
/** A delivery that was refused and did not become a run. */
export type RejectionResource = Static<typeof RejectionSchema>;

export const RejectionListSchema = Type.Object({ items: Type.Array(RejectionSchema) }, { additionalProperties: false });
export const RejectionListQuerySchema = Type.Object(
  { limit: Type.Optional(LimitSchema) },
  { additionalProperties: false },
);
