import type { NodeType } from "../node/node-type.ts";
import { nodeTypes } from "../node/registry.ts";
import { DEFINITION_LIMITS, NODE_ID_PATTERN, SLUG_PATTERN } from "./definition.ts";
import type { JsonSchema } from "./json-schema.ts";

const nodeLabel: JsonSchema = {
  type: "string",
  title: "Label",
  description: "The name that people see. It is not part of the version's hash and may change at any time.",
  maxLength: 200,
};

/** The document around the nodes' configs. A config's own schema follows from the node's type. */
export const envelopeSchema: JsonSchema = documentSchema({
  type: "object",
  title: "Node",
  description: "One step of the workflow.",
  properties: {
    type: { type: "string", title: "Type", description: "Name and major version, as in http_call@1." },
    label: nodeLabel,
    config: { type: "object", title: "Config", description: "The settings of the node. They depend on its type." },
  },
  required: ["type", "config"],
  additionalProperties: false,
});

/** JSON Schema 2020-12 of a workflow document, published as `packages/core/schema/workflow.v1.json`. */
export const workflowSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://meshhook.dev/schema/workflow/v1.json",
  ...documentSchema({
    type: "object",
    title: "Node",
    description: "One step of the workflow.",
    required: ["type", "config"],
    oneOf: Array.from(nodeTypes.values(), nodeSchema),
  }),
};

function nodeSchema({ type, title, description, configSchema }: NodeType): JsonSchema {
  return {
    type: "object",
    title,
    description,
    properties: {
      type: { const: type, title: "Type", description: "Name and major version." },
      label: nodeLabel,
      config: { description, ...configSchema },
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
      nodes: {
        type: "object",
        title: "Nodes",
        description: "The nodes by id. Keep ids unchanged: expressions and recorded runs refer to them.",
        minProperties: 1,
        maxProperties: DEFINITION_LIMITS.nodesMax,
        propertyNames: { type: "string", pattern: NODE_ID_PATTERN, not: { enum: ["constructor", "prototype"] } },
        additionalProperties: node,
      },
      edges: {
        type: "array",
        title: "Edges",
        description: "The connections between nodes.",
        maxItems: DEFINITION_LIMITS.edgesMax,
        items: {
          type: "object",
          title: "Edge",
          description: "A connection from a port of one node to another node.",
          properties: {
            from: { type: "string", title: "From", description: "The id of the node that the edge leaves." },
            port: {
              type: "string",
              title: "Port",
              description: "The port through which the edge leaves.",
              default: "out",
            },
            to: { type: "string", title: "To", description: "The id of the node where the edge ends." },
          },
          required: ["from", "to"],
          additionalProperties: false,
        },
      },
      layout: {
        type: "object",
        title: "Layout",
        description: "The positions of nodes on the canvas, by id. They are not part of the version's hash.",
        additionalProperties: {
          type: "object",
          title: "Place",
          description: "The node's upper left corner.",
          properties: {
            x: { type: "number", title: "X", description: "The distance to the right." },
            y: { type: "number", title: "Y", description: "Down." },
          },
          required: ["x", "y"],
          additionalProperties: false,
        },
      },
    },
    required: ["apiVersion", "kind", "slug", "nodes", "edges"],
    additionalProperties: false,
  };
}
