import Type, { type Static } from "typebox";
import { EtagSchema, TEXT_PATTERN, TimeSchema } from "./common.ts";

export const SecretParamsSchema = Type.Object({
  name: Type.String({
    pattern: "^[A-Za-z_][A-Za-z0-9_]{0,63}$",
    description: "The name that calls refer to, as in `{{ secrets.NAME }}`: letters, digits and underscores.",
  }),
});

const versionProperties = {
  version: Type.Integer({ description: "From 1. Only the newest version has a value." }),
  createdAt: TimeSchema,
  usedAt: Type.Union([TimeSchema, Type.Null()], {
    description: "When a call last used this version, to the minute; null: not yet.",
  }),
};

export const SecretVersionSchema = Type.Object(versionProperties, { additionalProperties: false });

export const StoredSecretSchema = Type.Object(
  { name: Type.String(), ...versionProperties, etag: EtagSchema },
  { additionalProperties: false, description: "A secret without its value, which no answer has." },
);
/** A secret with its newest version; nothing returns the value. */
export type SecretResource = Static<typeof StoredSecretSchema>;

export const SecretListSchema = Type.Object({ items: Type.Array(StoredSecretSchema) }, { additionalProperties: false });

export const SecretVersionListSchema = Type.Object(
  { items: Type.Array(SecretVersionSchema) },
  { additionalProperties: false },
);

export const NewSecretSchema = Type.Object(
  {
    value: Type.String({
      minLength: 8,
      maxLength: 16_384,
      pattern: TEXT_PATTERN,
      writeOnly: true,
      description: "The value. It can be replaced, but never read.",
    }),
  },
  { additionalProperties: false },
);

export const SecretDeletionQuerySchema = Type.Object({
  force: Type.Optional(
    Type.Boolean({ description: "Delete the secret even if the active versions of workflows use it." }),
  ),
});

export const SecretKeySchema = Type.Object(
  {
    id: Type.Union([Type.String(), Type.Null()], {
      description: "Follows from the key. Null: values that releases before the vault sealed, with whichever key.",
    }),
    state: Type.Enum(["current", "former", "missing", "unknown"], {
      description:
        "`current`: seals what is stored. `former`: opens what it sealed. `missing`: the process that answers does not have it, so that these values cannot be used. `unknown`: of values without an id.",
    }),
    values: Type.Integer({ description: "How many stored values need this key, in all projects." }),
  },
  { additionalProperties: false },
);
/** One of the installation's keys that wrap the data keys of secrets. */
export type SecretKeyResource = Static<typeof SecretKeySchema>;

export const SecretKeyListSchema = Type.Object({ items: Type.Array(SecretKeySchema) }, { additionalProperties: false });

export const RewrapSchema = Type.Object(
  {
    after: Type.Optional(
      Type.String({
        pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description: "`next` of the answer before. Without it, the work starts at the beginning.",
      }),
    ),
  },
  { additionalProperties: false },
);

export const RewrapAnswerSchema = Type.Object(
  {
    rewrapped: Type.Integer({ description: "How many values are under the current key now that were not." }),
    unreadable: Type.Integer({ description: "How many stay as they are, because their key is missing." }),
    next: Type.Union([Type.String(), Type.Null()], { description: "Where to continue; null: nothing is left." }),
  },
  { additionalProperties: false },
);
