import Type, { type Static } from "typebox";
import { NameSchema, TimeSchema } from "./common.ts";

export const ProjectSchema = Type.Object(
  { id: Type.String(), slug: Type.String(), name: Type.String(), createdAt: TimeSchema },
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
  },
  { additionalProperties: false },
);
