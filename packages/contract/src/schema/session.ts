import Type, { type Static } from "typebox";
import { TimeSchema } from "./common.ts";
import { KeySchema } from "./key.ts";
import { ProjectSchema } from "./project.ts";

/**
 * The start of the session cookie's name; `_` and eight characters that identify the installation follow. Browsers
 * send it; scripts in a page cannot read it.
 */
export const SESSION_COOKIE = "meshhook_session";

export const SignInSchema = Type.Object(
  { key: Type.String({ minLength: 1, maxLength: 256, description: "An API key, `mh_…`." }) },
  { additionalProperties: false },
);

export const SessionSchema = Type.Object(
  {
    key: Type.Pick(KeySchema, ["id", "name", "scope", "prefix"], { additionalProperties: false }),
    project: Type.Pick(ProjectSchema, ["id", "slug", "name"], { additionalProperties: false }),
    expiresAt: Type.Union([TimeSchema, Type.Null()], {
      description: "Null when the request used an API key instead of a session.",
    }),
  },
  { additionalProperties: false },
);
/** Who is signed in: the key, its project, and until when. */
export type SessionResource = Static<typeof SessionSchema>;
