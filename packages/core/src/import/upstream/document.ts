import type { Json, JsonObject } from "../../json.ts";
import { isArray, isObject } from "../../json-kind.ts";
import type { Notes } from "../note.ts";

export interface UpstreamNode {
  readonly id: string;
  readonly label: string;
  readonly type: string;
  readonly config: JsonObject;
  readonly position: { readonly x: number; readonly y: number } | null;
  /** The loop that the node is in. */
  readonly parent: string | null;
}

export interface UpstreamEdge {
  readonly source: string;
  readonly target: string;
  readonly handle: string | null;
}

export interface UpstreamDocument {
  readonly name: string;
  readonly nodes: ReadonlyMap<string, UpstreamNode>;
  readonly edges: readonly UpstreamEdge[];
}

/** Says whether a document has nodes and edges with a source and a target. */
export function isUpstreamDocument(value: Json): value is JsonObject {
  return isObject(value) && isArray(value["nodes"]) && isArray(value["edges"]);
}

/** Reads nodes and edges. What has no readable shape is noted and left out. */
export function readUpstreamDocument(value: JsonObject, notes: Notes): UpstreamDocument {
  const { name, nodes: listed, edges } = value;
  const nodes = new Map<string, UpstreamNode>();
  for (const [index, item] of (isArray(listed) ? listed : []).entries()) {
    const node = readNode(item);
    const field = `nodes[${index}]`;
    const fix = "Add the node by hand.";
    if (node === null) notes.of(null).notUnderstood(field, item, "It has no id and type, so it was left out.", fix);
    else if (nodes.has(node.id))
      notes.of(null).notUnderstood(field, node.id, "Its id is used twice, so it was left out.", fix);
    else nodes.set(node.id, node);
  }
  return {
    name: typeof name === "string" ? name : "Imported workflow",
    nodes,
    edges: (isArray(edges) ? edges : []).flatMap((item, index) => {
      const { source, target, sourceHandle } = isObject(item) ? item : {};
      if (typeof source === "string" && typeof target === "string" && nodes.has(source) && nodes.has(target)) {
        return [{ source, target, handle: typeof sourceHandle === "string" ? sourceHandle : null }];
      }
      const message = "The edge starts or ends at a node that the document does not have.";
      notes.of(null).notUnderstood(`edges[${index}]`, item, message, "Draw the edge by hand.");
      return [];
    }),
  };
}

function readNode(item: Json): UpstreamNode | null {
  if (!isObject(item)) return null;
  const { id, type: shape, position } = item;
  const data = isObject(item["data"]) ? item["data"] : {};
  const type = data["type"] ?? shape;
  if (typeof id !== "string" || typeof type !== "string") return null;
  const { label, config = item["config"], parentContainer = item["parentContainer"] } = data;
  const { x, y } = isObject(position) ? position : {};
  return {
    id,
    label: typeof label === "string" && label !== "" ? label : id,
    type,
    config: isObject(config) ? config : {},
    position: typeof x === "number" && typeof y === "number" ? { x, y } : null,
    parent: typeof parentContainer === "string" ? parentContainer : null,
  };
}
