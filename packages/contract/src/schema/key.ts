import Type, { type Static } from "typebox";
import { EtagSchema, NameSchema, TimeSchema } from "./common.ts";

const ExpirySchema = Type.Union([TimeSchema, Type.Null()], {
  description: "From then on the key is refused; null: it does not expire.",
});

export const KeyScopeSchema = Type.Enum(["admin", "write", "read"], {
  description:
    "`admin`: everything, including projects. `write`: everything within the project. `read`: read access to the project, no changes.",
});

export const KeySchema = Type.Object(
  {
    id: Type.String(),
    projectId: Type.String(),
    name: Type.String(),
    scope: KeyScopeSchema,
    prefix: Type.String({ description: "The first characters of the key, to tell keys apart." }),
    createdAt: TimeSchema,
    revokedAt: Type.Union([TimeSchema, Type.Null()]),
    etag: EtagSchema,
    expiresAt: ExpirySchema,
    lastUsedAt: Type.Union([TimeSchema, Type.Null()], {
      description: "When a request came with the key last, to the minute; null: not yet.",
    }),
  },
  { additionalProperties: false },
);
/** An API key without its value. */
export type KeyResource = Static<typeof KeySchema>;

export const KeyListSchema = Type.Object({ items: Type.Array(KeySchema) }, { additionalProperties: false });

export const NewKeySchema = Type.Object(
  {
    name: NameSchema,
    scope: KeyScopeSchema,
    expiresAt: Type.Optional(
      Type.Union([Type.String({ minLength: 1, maxLength: 40 }), Type.Null()], {
        description: "From which time (RFC 3339) on the key is refused. By default it does not expire.",
      }),
    ),
    projectId: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: "Create the key in another project. Only for admin keys.",
      }),
    ),
  },
  { additionalProperties: false },
);

export const CreatedKeySchema = Type.Object(
  {
    ...KeySchema.properties,
    key: Type.String({
      description:
        "The key itself. It is shown only here, and again to a caller who repeats the request with its `Idempotency-Key`.",
    }),
  },
  { additionalProperties: false },
);
/** A key with its value: returned only when the key is created. */
export type CreatedKey = Static<typeof CreatedKeySchema>;
