import Type, { type Static } from "typebox";
import { LINE_PATTERN, NameSchema, TEXT_PATTERN, TimeSchema } from "./common.ts";

export const RoleSchema = Type.Enum(["owner", "editor", "viewer"], {
  description:
    "`viewer`: sees everything, changes nothing. `editor`: changes workflows, endpoints, secrets and runs. `owner`: all of that, and members, API keys, settings of the project, the deletion of secrets and the audit log.",
});
export type RoleName = Static<typeof RoleSchema>;

/** An address in its usual form: no comments, no quotes. */
export const EmailSchema = Type.String({
  minLength: 3,
  maxLength: 254,
  pattern: "^[^\\s@\\u0000-\\u001f\\u007f\\p{Cs}]+@[^\\s@\\u0000-\\u001f\\u007f\\p{Cs}]+$",
  description: "An e-mail address. Upper and lower case are the same.",
});

export const PasswordSchema = Type.String({
  minLength: 12,
  maxLength: 256,
  pattern: TEXT_PATTERN,
  description: "At least 12 characters; any characters.",
});

/** A password that is to be checked, as short as it may be. */
export const GivenPasswordSchema = Type.String({ minLength: 1, maxLength: 256 });

export const OrganisationSchema = Type.Object(
  { id: Type.String(), slug: Type.String(), name: Type.String(), createdAt: TimeSchema },
  { additionalProperties: false },
);
/** Who projects belong to. */
export type OrganisationResource = Static<typeof OrganisationSchema>;

export const OrganisationListSchema = Type.Object(
  { items: Type.Array(OrganisationSchema) },
  { additionalProperties: false },
);

export const NewOrganisationSchema = Type.Object(
  {
    slug: Type.String({
      pattern: "^[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?$",
      description: "Lower-case letters, digits and hyphens.",
    }),
    name: NameSchema,
  },
  { additionalProperties: false },
);

export const OrganisationChangeSchema = Type.Object({ name: NameSchema }, { additionalProperties: false });

export const UserSchema = Type.Object(
  {
    id: Type.String(),
    email: Type.String(),
    name: Type.String(),
    isAdmin: Type.Boolean({ description: "Administrator of the installation: everything in all projects." }),
    hasPassword: Type.Boolean({ description: "False: the person signs in with an identity provider." }),
    createdAt: TimeSchema,
    disabledAt: Type.Union([TimeSchema, Type.Null()], { description: "Since when the person cannot sign in." }),
  },
  { additionalProperties: false },
);
/** A person who uses the console. */
export type UserResource = Static<typeof UserSchema>;

export const UserListSchema = Type.Object({ items: Type.Array(UserSchema) }, { additionalProperties: false });

export const NewUserSchema = Type.Object(
  {
    email: EmailSchema,
    name: NameSchema,
    password: Type.Optional(PasswordSchema),
    isAdmin: Type.Optional(Type.Boolean()),
  },
  {
    additionalProperties: false,
    description: "Without a password the person can sign in with an identity provider only.",
  },
);

export const UserChangeSchema = Type.Object(
  {
    name: Type.Optional(NameSchema),
    isAdmin: Type.Optional(Type.Boolean()),
    isDisabled: Type.Optional(Type.Boolean({ description: "True ends all sessions of the person." })),
  },
  { additionalProperties: false, minProperties: 1 },
);

export const NewPasswordSchema = Type.Object({ password: PasswordSchema }, { additionalProperties: false });

export const NewIdentitySchema = Type.Object(
  {
    issuer: Type.String({ minLength: 1, maxLength: 500, pattern: LINE_PATTERN, description: "`iss` of its tokens." }),
    subject: Type.String({ minLength: 1, maxLength: 255, pattern: LINE_PATTERN, description: "`sub` of its tokens." }),
  },
  { additionalProperties: false },
);

export const PasswordChangeSchema = Type.Object(
  { current: GivenPasswordSchema, password: PasswordSchema },
  { additionalProperties: false },
);

export const ReachSchema = Type.Enum(["organisation", "project"], {
  description: "Whether the role holds in all projects of the organisation, or in this one.",
});

export const MemberSchema = Type.Object(
  {
    userId: Type.String(),
    email: Type.String(),
    name: Type.String(),
    role: RoleSchema,
    reach: ReachSchema,
    createdAt: TimeSchema,
    disabledAt: Type.Union([TimeSchema, Type.Null()]),
  },
  { additionalProperties: false },
);
/** A user with a role in the project. A user may have two: one in the organisation and one in the project; the higher one counts. */
export type MemberResource = Static<typeof MemberSchema>;

export const MemberListSchema = Type.Object({ items: Type.Array(MemberSchema) }, { additionalProperties: false });

export const NewMemberSchema = Type.Object(
  { email: EmailSchema, role: RoleSchema, reach: ReachSchema },
  { additionalProperties: false },
);

export const MemberChangeSchema = Type.Object(
  { role: RoleSchema, reach: ReachSchema },
  { additionalProperties: false },
);

export const MemberRemovalQuerySchema = Type.Object({ reach: ReachSchema });

const TextOrNullSchema = Type.Union([Type.String(), Type.Null()]);

export const UserSessionSchema = Type.Object(
  {
    id: Type.String(),
    isCurrent: Type.Boolean({ description: "The session that this request came with." }),
    createdAt: TimeSchema,
    expiresAt: TimeSchema,
    address: TextOrNullSchema,
    userAgent: TextOrNullSchema,
  },
  { additionalProperties: false },
);
/** Where a person is signed in. */
export type UserSessionResource = Static<typeof UserSessionSchema>;

export const UserSessionListSchema = Type.Object(
  { items: Type.Array(UserSessionSchema) },
  { additionalProperties: false },
);

export const ProjectChoiceSchema = Type.Object(
  { project: Type.String({ minLength: 1, maxLength: 64, pattern: LINE_PATTERN, description: "Id or slug." }) },
  { additionalProperties: false },
);
