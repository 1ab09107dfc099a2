import Type, { type Static } from "typebox";

/** How deliveries may be signed. */
export const SIGNATURE_KINDS = [
  "none",
  "github-sha256",
  "stripe",
  "slack",
  "shopify",
  "twilio",
  "standard-webhooks",
  "discord",
  "hmac",
  "jwt",
  "basic",
] as const;

export const SignatureKindSchema = Type.Enum([...SIGNATURE_KINDS], {
  description:
    "How deliveries are signed: as a provider does it, by Standard Webhooks, or as `signatureSettings` says (`hmac`, `jwt`). `basic`: a user name and a password. `none`: anyone who knows the address can send.",
});
export type SignatureKind = Static<typeof SignatureKindSchema>;

const HeaderNameSchema = (description: string) =>
  Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$", description });
const TextSchema = (description: string) => Type.String({ pattern: "^[!-~]{1,255}$", description });

const HmacSettingsSchema = Type.Object(
  {
    header: HeaderNameSchema("The header that holds the signature."),
    algorithm: Type.Optional(
      Type.Enum(["sha256", "sha512", "sha1-legacy"], {
        default: "sha256",
        description: "`sha1-legacy` only for a sender that offers nothing better.",
      }),
    ),
    encoding: Type.Optional(
      Type.Enum(["hex", "base64", "base64url"], { default: "hex", description: "How the signature is written." }),
    ),
    prefix: Type.Optional(
      Type.String({
        pattern: "^[ -~]{0,64}$",
        default: "",
        description: "What precedes the signature in its header, such as `sha256=`.",
      }),
    ),
    signed: Type.Optional(
      Type.String({
        pattern: "^[\\n -~]{1,255}$",
        default: "{body}",
        description:
          "What is signed: a text with `{body}` and, where the sender signs them, `{timestamp}`, `{id}`, `{method}` and `{url}`.",
      }),
    ),
    secretEncoding: Type.Optional(
      Type.Enum(["text", "hex", "base64"], {
        default: "text",
        description: "`hex` and `base64`: the key is the bytes that the secret stands for.",
      }),
    ),
    timestampHeader: Type.Optional(HeaderNameSchema("The header that holds `{timestamp}`.")),
    timestampFormat: Type.Optional(
      Type.Enum(["seconds", "milliseconds", "iso"], {
        default: "seconds",
        description: "Since 1970, or as in `2026-11-30T12:00:00Z`.",
      }),
    ),
    idHeader: Type.Optional(HeaderNameSchema("The header that holds `{id}`.")),
  },
  { additionalProperties: false, description: "How an `hmac` signature is made." },
);
export type HmacSettings = Static<typeof HmacSettingsSchema>;

const JWT_ALGORITHMS = [
  "HS256",
  "HS384",
  "HS512",
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
] as const;

const JwtSettingsSchema = Type.Object(
  {
    algorithms: Type.Array(Type.Enum([...JWT_ALGORITHMS]), {
      minItems: 1,
      maxItems: 8,
      uniqueItems: true,
      description:
        "The accepted algorithms: `HS…` for a shared secret, all others for a public key. A token with another one is refused.",
    }),
    header: Type.Optional(
      HeaderNameSchema("The header that holds the token, with or without `Bearer `. `authorization` by default."),
    ),
    issuer: Type.Optional(TextSchema("The required `iss`.")),
    audience: Type.Optional(TextSchema("The required `aud`, or one of several.")),
    jwksUrl: Type.Optional(
      Type.String({
        pattern: "^(?:https://|http://(?:localhost|127\\.0\\.0\\.1|\\[::1\\])[:/])[!-~]{1,1000}$",
        description: "Where the sender publishes its keys, in place of a `secret`.",
      }),
    ),
    maxAgeS: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 86_400,
        description: "The most seconds since `iat`. With it, a token needs no `exp`.",
      }),
    ),
    bodySha256Claim: Type.Optional(
      TextSchema("The claim that holds the SHA-256 of the body in hex. Without it, the body is not signed."),
    ),
  },
  { additionalProperties: false, description: "What a `jwt` must be." },
);
export type JwtSettings = Static<typeof JwtSettingsSchema>;

export const SignatureSettingsSchema = Type.Object(
  {
    toleranceS: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 86_400,
        description:
          "By how many seconds a signed timestamp may differ from the server's clock, before or after; 300 by default. For `jwt`, how much the clocks may differ; 60 by default.",
      }),
    ),
    url: Type.Optional(
      Type.String({
        pattern: '^https?://[!"$->@-~]{1,1000}$',
        description:
          "The endpoint's address as the sender knows it, without a query, where the address is signed (`twilio`, `{url}`). By default, https:// with the request's `Host` and path.",
      }),
    ),
    hmac: Type.Optional(HmacSettingsSchema),
    jwt: Type.Optional(JwtSettingsSchema),
  },
  {
    additionalProperties: false,
    description: "The details of the signature. `hmac` and `jwt` need the member of their name.",
  },
);
export type SignatureSettings = Static<typeof SignatureSettingsSchema>;

export const SecretSchema = Type.String({
  minLength: 8,
  maxLength: 4_096,
  description:
    "The signing key: the provider's secret, `user:password` for `basic`, or the sender's public key. Write-only: it is never returned. In a change, it replaces all keys at once.",
});

/** A key that an endpoint's deliveries may be signed with, without its value. */
export const SigningKeySchema = Type.Object(
  {
    id: Type.String(),
    expiresAt: Type.Union([Type.String(), Type.Null()], {
      description: "When deliveries signed with it are no longer accepted; null: it does not expire.",
    }),
  },
  { additionalProperties: false },
);
export type SigningKeyResource = Static<typeof SigningKeySchema>;

export const NewSigningKeySchema = Type.Object(
  {
    secret: SecretSchema,
    othersExpireInS: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 31_536_000,
        default: 86_400,
        description: "How long the keys from before stay valid, unless they expire earlier.",
      }),
    ),
  },
  { additionalProperties: false },
);
export type NewSigningKey = Static<typeof NewSigningKeySchema>;
