import Type, { type Static } from "typebox";
import { NameSchema, TimeSchema } from "./common.ts";
import { KeySchema } from "./key.ts";
import { EmailSchema, GivenPasswordSchema, OrganisationSchema, PasswordSchema, UserSchema } from "./people.ts";
import { ProjectSchema } from "./project.ts";

/**
 * The start of the session cookie's name; `_` and eight characters that identify the installation follow. Browsers
 * send it; scripts in a page cannot read it.
 */
export const SESSION_COOKIE = "meshhook_session";

const KeyTextSchema = Type.String({ minLength: 1, maxLength: 256, description: "An API key, `mh_…`." });

export const SignInSchema = Type.Object({ key: KeyTextSchema }, { additionalProperties: false });

export const PasswordSignInSchema = Type.Object(
  { email: EmailSchema, password: GivenPasswordSchema },
  { additionalProperties: false },
);

export const FirstUserSchema = Type.Object(
  { key: KeyTextSchema, email: EmailSchema, name: NameSchema, password: PasswordSchema },
  { additionalProperties: false, description: "`key`: an API key with scope `admin`, as the first start prints it." },
);

export const SignInOptionsSchema = Type.Object(
  {
    hasUsers: Type.Boolean({ description: "False: whoever has an admin key can create the first administrator." }),
    provider: Type.Union([Type.Object({ name: Type.String() }, { additionalProperties: false }), Type.Null()], {
      description: "The identity provider that people can sign in with; null: none.",
    }),
  },
  { additionalProperties: false },
);

export const ProviderAddressSchema = Type.Object(
  { url: Type.String({ description: "Where the browser has to go." }) },
  { additionalProperties: false },
);

export const ProviderAnswerSchema = Type.Object(
  {
    query: Type.String({
      minLength: 1,
      maxLength: 4_096,
      pattern: "^[\\x21-\\x7e]*$",
      description: "The query string with which the identity provider sent the browser back.",
    }),
  },
  { additionalProperties: false },
);

const PlaceSchema = Type.Pick(ProjectSchema, ["id", "slug", "name"], { additionalProperties: false });

export const SessionSchema = Type.Object(
  {
    key: Type.Union(
      [Type.Pick(KeySchema, ["id", "name", "scope", "prefix"], { additionalProperties: false }), Type.Null()],
      {
        description: "The API key; null for a person.",
      },
    ),
    user: Type.Union(
      [Type.Pick(UserSchema, ["id", "email", "name", "hasPassword"], { additionalProperties: false }), Type.Null()],
      {
        description: "The person; null for an API key.",
      },
    ),
    role: Type.Enum(["admin", "owner", "editor", "viewer"], {
      description:
        "What the caller may do in the project. A key with scope `write` is an `owner` in the project but for its members; one with scope `read` is a `viewer`.",
    }),
    project: PlaceSchema,
    organisation: Type.Pick(OrganisationSchema, ["id", "slug", "name"], { additionalProperties: false }),
    ownsOrganisation: Type.Boolean({
      description: "May create projects, and change members of the whole organisation.",
    }),
    projects: Type.Array(PlaceSchema, { description: "The projects that a person may choose from." }),
    expiresAt: Type.Union([TimeSchema, Type.Null()], {
      description: "Null when the request used an API key or a token instead of a session.",
    }),
  },
  { additionalProperties: false },
);
/** Who is signed in, in which project, and until when. */
export type SessionResource = Static<typeof SessionSchema>;
