import { DELAY_MS_MAX } from "../plan/delay-limits.ts";
import { DEFINITION_LIMITS, NODE_ID_PATTERN } from "./definition.ts";
import type { JsonSchema } from "./json-schema.ts";

/** The schemas of the fields of a graph: nodes, edges and layout. */
export function graphProperties(node: JsonSchema): { readonly [field: string]: JsonSchema } {
  return {
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
  };
}

/** When a node with several incoming edges runs. */
export const joinSchema: JsonSchema = {
  type: ["string", "integer"],
  title: "Join",
  description:
    "Where several edges lead to the node: all waits until each of them is decided and runs if at least one was taken; any runs as soon as one is taken; a number runs as soon as so many are taken, and skips the node when that is no longer possible. Branches that come later go on, but do not run the node again.",
  pattern: "^(all|any)$",
  minimum: 1,
  maximum: DEFINITION_LIMITS.edgesMax,
  default: "all",
};

/** How long a step may wait, in all. */
export const nodeTimeoutSchema: JsonSchema = {
  type: "integer",
  title: "Step timeout in milliseconds",
  description: `How long the step may take, with all attempts and waits: a whole number from 1 to ${DELAY_MS_MAX}. After that it fails with step_timeout. If omitted, as long as it needs.`,
  minimum: 1,
  maximum: DELAY_MS_MAX,
};

/** A node as far as every type has it. What the config holds follows from the type. */
export const nodeEnvelopeSchema: JsonSchema = {
  type: "object",
  title: "Node",
  description: "One step of the workflow.",
  properties: {
    type: { type: "string", title: "Type", description: "Name and major version, as in http_call@1." },
    label: labelSchema(),
    join: joinSchema,
    timeoutMs: nodeTimeoutSchema,
    config: { type: "object", title: "Config", description: "The settings of the node. They depend on its type." },
  },
  required: ["type", "config"],
  additionalProperties: false,
};

export function labelSchema(): JsonSchema {
  return {
    type: "string",
    title: "Label",
    description: "The name that people see. It is not part of the version's hash and may change at any time.",
    maxLength: 200,
  };
}
