import type { Json, JsonObject } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import { DEFINITION_LIMITS, type EdgeDefinition, type NodeDefinition, type WorkflowDefinition } from "./definition.ts";

/** The part of a document that can be checked: all of it, or the part with the right shape. */
export interface ReadablePart {
  /** By id. An unreadable node has neither type nor config, but its id counts, because edges may refer to it. */
  readonly nodes: WorkflowDefinition["nodes"];
  /** By index; null for an unreadable edge. */
  readonly edges: readonly (EdgeDefinition | null)[];
  readonly layout: JsonObject;
  /** If false, nothing can be said about nodes that seem to be missing. */
  readonly hasAllNodes: boolean;
  /** If false, nothing can be said about connections that seem to be missing. */
  readonly hasAllEdges: boolean;
}

/** The type of an unreadable node; no node type has this name. */
export const UNREADABLE: NodeDefinition = { type: "", config: {} };

/** The readable part of a document with the right shape: all of it. */
export function wholeOf({ nodes, edges, layout = {} }: WorkflowDefinition): ReadablePart {
  return { nodes, edges, layout, hasAllNodes: true, hasAllEdges: true };
}

/** The readable part of a document whose shape is wrong somewhere; null when it has no nodes, or too many. */
export function readablePartOf(document: Json): ReadablePart | null {
  if (!isObject(document) || !isObject(document["nodes"])) return null;
  const nodes = Object.entries(document["nodes"]).map(([id, node]) => [id, isNode(node) ? node : UNREADABLE] as const);
  const given = document["edges"];
  const edges = isArray(given) ? given.map(edgeOf) : [];
  if (nodes.length === 0 || nodes.length > DEFINITION_LIMITS.nodesMax || edges.length > DEFINITION_LIMITS.edgesMax)
    return null;
  return {
    nodes: Object.fromEntries(nodes),
    edges,
    layout: isObject(document["layout"]) ? document["layout"] : {},
    hasAllNodes: nodes.every(([, node]) => node !== UNREADABLE),
    hasAllEdges: isArray(given) && !edges.includes(null),
  };
}

function isNode(node: Json): node is NodeDefinition & JsonObject {
  return isObject(node) && typeof node["type"] === "string" && isObject(node["config"]);
}

function edgeOf(edge: Json): EdgeDefinition | null {
  if (!isObject(edge)) return null;
  const { from, to, port } = edge;
  if (typeof from !== "string" || typeof to !== "string") return null;
  if (port === undefined) return { from, to };
  return typeof port === "string" ? { from, port, to } : null;
}
