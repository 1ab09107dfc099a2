import Type, { type Static } from "typebox";
import { RateLimitSchema } from "./acceptance.ts";
import { EtagSchema, NameSchema, TimeSchema } from "./common.ts";
import { ProjectRedactionSchema } from "./redaction.ts";

const ConcurrencySchema = Type.Union([Type.Integer({ minimum: 1, maximum: 100_000 }), Type.Null()], {
  description:
    "How many of the project's runs may go on at the same time; others wait, and its workflows take turns. Null: any number.",
});
const RetentionSchema = Type.Union([Type.Integer({ minimum: 1, maximum: 3_650 }), Type.Null()], {
  description:
    "For how many days the project's runs are kept, counted from the day they started. Null: as long as the installation keeps runs (`MESHHOOK_RETENTION_DAYS`).",
});

const ProjectRateSchema = Type.Union([RateLimitSchema, Type.Null()], {
  description:
    "How many webhooks all endpoints of the project accept together; those beyond are answered 429. Null: any number.",
});

export const ProjectSchema = Type.Object(
  {
    id: Type.String(),
    organisationId: Type.String(),
    slug: Type.String(),
    name: Type.String(),
    concurrency: ConcurrencySchema,
    retentionDays: RetentionSchema,
    rateLimit: ProjectRateSchema,
    redaction: ProjectRedactionSchema,
    createdAt: TimeSchema,
    etag: EtagSchema,
  },
  { additionalProperties: false },
);
/** Everything belongs to a project; projects cannot see each other. */
export type ProjectResource = Static<typeof ProjectSchema>;

export const ProjectListSchema = Type.Object({ items: Type.Array(ProjectSchema) }, { additionalProperties: false });

export const NewProjectSchema = Type.Object(
  {
    slug: Type.String({
      pattern: "^[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?$",
      description: "Lower-case letters, digits and hyphens.",
    }),
    name: NameSchema,
    organisation: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: "Id or slug of the organisation that it belongs to. By default the caller's.",
      }),
    ),
  },
  { additionalProperties: false },
);

export const ProjectChangeSchema = Type.Object(
  {
    name: Type.Optional(NameSchema),
    concurrency: Type.Optional(ConcurrencySchema),
    retentionDays: Type.Optional(RetentionSchema),
    rateLimit: Type.Optional(ProjectRateSchema),
    redaction: Type.Optional(ProjectRedactionSchema),
  },
  { additionalProperties: false, minProperties: 1 },
);
