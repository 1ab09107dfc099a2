import Type, { type Static } from "typebox";
import { EtagSchema, LimitSchema, CursorSchema, NextCursorSchema, ProblemIssueSchema, TimeSchema } from "./common.ts";

export const DefinitionSchema = Type.Unknown({
  description: "A workflow definition (`apiVersion: meshhook/v1`, `kind: Workflow`).",
});

export const WorkflowSchema = Type.Object(
  {
    id: Type.String(),
    slug: Type.String(),
    name: Type.String(),
    revision: Type.Integer({ description: "Increases every time the draft is saved." }),
    activeVersionId: Type.Union([Type.String(), Type.Null()]),
    activeVersionNumber: Type.Union([Type.Integer(), Type.Null()]),
    draftState: Type.Enum(["new", "changed", "published"], {
      description:
        "`new`: the workflow has never been published. `changed`: the draft differs from the active version, if only in a name or a label. `published`: the draft equals the active version.",
    }),
    pausedAt: Type.Union([TimeSchema, Type.Null()], {
      description: "Since when new runs have been waiting instead of beginning; null when the workflow is not paused.",
    }),
    createdAt: TimeSchema,
    updatedAt: TimeSchema,
    etag: EtagSchema,
    definition: DefinitionSchema,
    issues: Type.Array(ProblemIssueSchema, { description: "Mistakes that prevent the draft from being published." }),
    draftHash: Type.Union([Type.String(), Type.Null()], {
      description:
        "Hash of the draft. If it differs from `activeVersionHash`, the draft would run differently. Null while the draft has issues.",
    }),
    activeVersionHash: Type.Union([Type.String(), Type.Null()], {
      description: "Null until the workflow is published.",
    }),
    schedule: Type.Union(
      [
        Type.Object(
          {
            node: Type.String(),
            cron: Type.String(),
            timezone: Type.String(),
            missed: Type.Enum(["skip", "all"]),
            nextAt: Type.Array(TimeSchema, {
              description: "The next times, at most five. None has a run while the workflow is paused.",
            }),
          },
          { additionalProperties: false },
        ),
        Type.Null(),
      ],
      { description: "The schedule of the active version; null without one." },
    ),
  },
  { additionalProperties: false },
);
/** A workflow with its draft. */
export type WorkflowResource = Static<typeof WorkflowSchema>;

const {
  definition: _definition,
  issues: _issues,
  draftHash: _draftHash,
  activeVersionHash: _activeVersionHash,
  schedule: _schedule,
  ...summaryProperties
} = WorkflowSchema.properties;
export const WorkflowSummarySchema = Type.Object(summaryProperties, { additionalProperties: false });
/** A workflow in a list: without its draft. */
export type WorkflowSummary = Static<typeof WorkflowSummarySchema>;

export const WorkflowListSchema = Type.Object(
  { items: Type.Array(WorkflowSummarySchema), nextCursor: NextCursorSchema },
  { additionalProperties: false },
);
export const WorkflowListQuerySchema = Type.Object(
  { cursor: Type.Optional(CursorSchema), limit: Type.Optional(LimitSchema) },
  { additionalProperties: false },
);

const AllowInvalidSchema = Type.Boolean({
  default: false,
  description:
    "Store the draft even if it has issues, as long as it is an object with a valid slug. Publishing requires a valid definition.",
});

export const NewWorkflowSchema = Type.Object(
  { definition: DefinitionSchema, allowInvalid: Type.Optional(AllowInvalidSchema) },
  { additionalProperties: false },
);
export const DefinitionOnlySchema = Type.Object({ definition: DefinitionSchema }, { additionalProperties: false });
export const WorkflowChangeSchema = Type.Object(
  {
    definition: DefinitionSchema,
    revision: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          "The revision that the change is based on. If the draft has been saved since, the request is refused with 409.",
      }),
    ),
    allowInvalid: Type.Optional(AllowInvalidSchema),
  },
  { additionalProperties: false },
);

export const ValidationSchema = Type.Object(
  {
    valid: Type.Boolean(),
    issues: Type.Array(ProblemIssueSchema),
    hash: Type.Union([Type.String(), Type.Null()], {
      description: "SHA-256 of the definition's canonical form; null when the definition is not valid.",
    }),
  },
  { additionalProperties: false },
);
/** All issues of a definition. */
export type Validation = Static<typeof ValidationSchema>;

export const VersionSchema = Type.Object(
  {
    id: Type.String(),
    workflowId: Type.String(),
    number: Type.Integer({ description: "Counts from 1, without gaps, per workflow." }),
    hash: Type.String(),
    createdAt: TimeSchema,
    definition: DefinitionSchema,
  },
  { additionalProperties: false },
);
/** An immutable, published version of a workflow. */
export type VersionResource = Static<typeof VersionSchema>;

const { definition: _versionDefinition, ...versionSummaryProperties } = VersionSchema.properties;
export const VersionSummarySchema = Type.Object(versionSummaryProperties, { additionalProperties: false });
export const VersionListSchema = Type.Object(
  { items: Type.Array(VersionSummarySchema) },
  { additionalProperties: false },
);
