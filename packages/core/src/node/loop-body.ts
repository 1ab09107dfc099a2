import type { GraphDefinition, NodeDefinition } from "../definition/definition.ts";
import { isArray, isObject } from "../json-kind.ts";

/** The type of nodes that have a body. */
export const LOOP = "loop@1";

/** The graph in the config of a loop; null for other nodes, and where its shape is wrong. */
export function bodyOf(node: NodeDefinition): GraphDefinition | null {
  if (node.type !== LOOP) return null;
  const body = node.config["body"];
  if (!isObject(body) || !isObject(body["nodes"]) || !isArray(body["edges"])) return null;
  // The schema of the config has checked it, or the caller checks it.
  return body as unknown as GraphDefinition;
}
