import Type, { type Static } from "typebox";
import { EndpointRedactionSchema } from "./redaction.ts";

/** So many requests in so many seconds, and how many of them may come at once. */
export const RateLimitSchema = Type.Object(
  {
    requests: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    perS: Type.Integer({ minimum: 1, maximum: 86_400 }),
    burst: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description: "How many may come at once; `requests` if omitted.",
      }),
    ),
  },
  { additionalProperties: false },
);
export type RateLimitResource = Static<typeof RateLimitSchema>;

/** The methods that an endpoint may take, in the order in which they are offered. */
export const ENDPOINT_METHODS = ["POST", "PUT", "PATCH", "GET", "DELETE"] as const;

/** What an endpoint accepts. */
export const acceptance = {
  methods: Type.Array(Type.Enum([...ENDPOINT_METHODS]), {
    minItems: 1,
    maxItems: ENDPOINT_METHODS.length,
    uniqueItems: true,
    description:
      "The methods that deliver; others are answered 405. With GET and DELETE the query is the payload, and a body is refused. Verification requests by GET are answered first.",
  }),
  contentTypes: Type.Union(
    [
      Type.Array(Type.String({ pattern: "^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/([a-z0-9][a-z0-9!#$&^_.+-]{0,63}|\\*)$" }), {
        minItems: 1,
        maxItems: 20,
        uniqueItems: true,
      }),
      Type.Null(),
    ],
    {
      description:
        "The media types that are accepted, in lower case and without parameters: `application/json`, or `text/*` for all of a kind. Others are answered 415. Null: all that can be read.",
    },
  ),
  cloudEvents: Type.Enum(["off", "required"], {
    description:
      "`required`: each delivery must be one CloudEvent 1.0, in structured or binary mode. The payload is the event in its JSON format in both, and its source and id identify the delivery if no key is sent. `off`: the body is read as it is.",
  }),
  rateLimit: Type.Union([RateLimitSchema, Type.Null()], {
    description: "How many requests are accepted; those beyond are answered 429. Null: any number.",
  }),
  allowedAddresses: Type.Union(
    [
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 200, uniqueItems: true }),
      Type.Null(),
    ],
    {
      description:
        "The addresses and CIDR ranges that may send, in IPv4 or IPv6; others are answered 403. `X-Forwarded-For` counts only from the proxies in `MESHHOOK_TRUSTED_PROXIES`. Null: everybody may send.",
    },
  ),
  payloadSchema: Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()], {
    description:
      "A JSON Schema of draft 2020-12 that payloads have to match; others are answered 422. Without references to the outside or to itself, and without patternProperties; patterns are those of RE2. Null: any payload.",
  }),
  dedupeExpression: Type.Union([Type.String({ minLength: 1, maxLength: 4_000 }), Type.Null()], {
    description:
      "JMESPath over `input`, `headers` and `query` whose value, a text or a number, identifies a delivery that has no key in its headers. Where it yields null or an empty text, the delivery has no key. Where it fails or yields something else, the answer is 422.",
  }),
  redaction: EndpointRedactionSchema,
};

/** A second address that people choose. */
export const AliasSchema = Type.Union(
  [Type.String({ pattern: "^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$", maxLength: 64 }), Type.Null()],
  {
    description:
      "A second address, `/hooks/<project>/<alias>`, unique in the project. Unlike the token it can be guessed, so the endpoint must check signatures. Null: none.",
  },
);
