import { loopConfigSchema } from "../node/loop.ts";
import { LOOP } from "../node/loop-body.ts";
import type { NodeType } from "../node/node-type.ts";
import { nodeTypes } from "../node/registry.ts";
import { SLUG_PATTERN } from "./definition.ts";
import { DELAY_MS_MAX } from "../plan/delay-limits.ts";
import { graphProperties, joinSchema, labelSchema, nodeEnvelopeSchema, nodeTimeoutSchema } from "./graph-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

/** The document around the nodes' configs. A config's own schema follows from the node's type. */
export const envelopeSchema: JsonSchema = documentSchema(nodeEnvelopeSchema);

/** JSON Schema 2020-12 of a workflow document, published as `packages/core/schema/workflow.v1.json`. */
export const workflowSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://meshhook.dev/schema/workflow/v1.json",
  ...documentSchema({ $ref: "#/$defs/node" }),
  $defs: {
    node: {
      type: "object",
      title: "Node",
      description: "One step of the workflow.",
      required: ["type", "config"],
      oneOf: Array.from(nodeTypes.values(), nodeSchema),
    },
  },
};

function nodeSchema({ type, title, description, configSchema, waits }: NodeType): JsonSchema {
  return {
    type: "object",
    title,
    description,
    properties: {
      type: { const: type, title: "Type", description: "Name and major version." },
      label: labelSchema(),
      join: joinSchema,
      ...(waits === true ? { timeoutMs: nodeTimeoutSchema } : {}),
      config: { description, ...(type === LOOP ? loopConfigSchema({ $ref: "#/$defs/node" }) : configSchema) },
    },
    required: ["type", "config"],
    additionalProperties: false,
  };
}

function documentSchema(node: JsonSchema): JsonSchema {
  return {
    type: "object",
    title: "MeshHook workflow",
    description: "A webhook-first workflow: nodes and the edges between them.",
    properties: {
      $schema: { type: "string", title: "Schema", description: "The address of this schema, for editors." },
      apiVersion: {
        title: "API version",
        description: "The version of this document's format.",
        const: "meshhook/v1",
        default: "meshhook/v1",
      },
      kind: { title: "Kind", description: "What the document is.", const: "Workflow", default: "Workflow" },
      slug: {
        type: "string",
        title: "Slug",
        description:
          "The workflow's name in URLs, unique in a project: up to 63 lower-case letters, digits and hyphens, with no hyphen at the ends.",
        pattern: SLUG_PATTERN,
      },
      name: { type: "string", title: "Name", description: "The name that people see.", maxLength: 200 },
      description: {
        type: "string",
        title: "Description",
        description: "The purpose of the workflow.",
        maxLength: 10_000,
      },
      input: {
        type: "object",
        title: "Input",
        description: "The body that the webhook receives.",
        properties: {
          schema: { type: ["object", "boolean"], title: "Schema", description: "A JSON Schema 2020-12 of the body." },
          sample: {
            title: "Sample",
            description: "A body to try the workflow with. It is not part of the version's hash.",
          },
        },
        additionalProperties: false,
      },
      limits: {
        type: "object",
        title: "Limits",
        description: "What the runs of the workflow may use together.",
        properties: {
          concurrency: {
            type: "integer",
            title: "Runs at the same time",
            description:
              "How many runs that webhooks and schedules start may go on at the same time, over all processes. Others wait for their turn, in order. Runs that wait for a time count; runs that other runs start do not.",
            minimum: 1,
            maximum: 10_000,
          },
        },
        additionalProperties: false,
      },
      timeoutMs: {
        type: "integer",
        title: "Run timeout in milliseconds",
        description: `How long a run may take, from its start to its end: a whole number from 1 to ${DELAY_MS_MAX}. After that it fails with run_timeout. If omitted, as long as it needs.`,
        minimum: 1,
        maximum: DELAY_MS_MAX,
      },
      ...graphProperties(node),
    },
    required: ["apiVersion", "kind", "slug", "nodes", "edges"],
    additionalProperties: false,
  };
}
