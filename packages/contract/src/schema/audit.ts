import Type, { type Static } from "typebox";
import { CursorSchema, LimitSchema, LINE_PATTERN, NextCursorSchema, TimeSchema } from "./common.ts";

const PlainValueSchema = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);

export const AuditEntrySchema = Type.Object(
  {
    id: Type.String(),
    at: TimeSchema,
    action: Type.String({
      description: "The name of the route, as in this document (`updateEndpoint`); `useSecret` for calls of runs.",
    }),
    actor: Type.Object(
      {
        kind: Type.Enum(["key", "session", "user", "process"], {
          description:
            "`key`: an API key was sent. `session`: somebody signed in with one. `user`: a person. `process`: MeshHook itself.",
        }),
        id: Type.Union([Type.String(), Type.Null()], { description: "The id of the API key or of the user." }),
        name: Type.String(),
      },
      { additionalProperties: false },
    ),
    resource: Type.Object(
      {
        kind: Type.String(),
        id: Type.Union([Type.String(), Type.Null()]),
        name: Type.Union([Type.String(), Type.Null()]),
      },
      { additionalProperties: false },
    ),
    changes: Type.Array(
      Type.Object(
        { field: Type.String(), from: Type.Optional(PlainValueSchema), to: Type.Optional(PlainValueSchema) },
        { additionalProperties: false },
      ),
      { description: "The fields that were changed. Those that are secret or large have no values." },
    ),
    uses: Type.Optional(
      Type.Integer({ description: "For `useSecret`: how often calls used the secret, within a minute or so." }),
    ),
    runIds: Type.Optional(Type.Array(Type.String(), { description: "For `useSecret`: up to five of the runs." })),
    address: Type.Union([Type.String(), Type.Null()], {
      description:
        "The network address that the request came from, as trusted proxies say (`MESHHOOK_TRUSTED_PROXIES`).",
    }),
    requestId: Type.Union([Type.String(), Type.Null()], { description: "`x-request-id` of the answer." }),
  },
  { additionalProperties: false },
);
/** Who changed what, and when. */
export type AuditEntryResource = Static<typeof AuditEntrySchema>;

export const AuditListSchema = Type.Object(
  { items: Type.Array(AuditEntrySchema), nextCursor: NextCursorSchema },
  { additionalProperties: false },
);

const wordOf = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 200, pattern: LINE_PATTERN, description }));
const momentOf = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 40, description }));

export const AuditListQuerySchema = Type.Object({
  action: wordOf("Only this action."),
  actor: wordOf("Only what was done by the user, or with the API key, of this id."),
  resource: wordOf("Only what was done to the thing with this id, or the secret with this name."),
  after: momentOf("Only entries from this time (RFC 3339) on."),
  before: momentOf("Only entries from before this time (RFC 3339)."),
  limit: Type.Optional(LimitSchema),
  cursor: Type.Optional(CursorSchema),
});
