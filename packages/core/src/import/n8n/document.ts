import type { Json, JsonObject } from "../../json.ts";
import { isArray, isObject } from "../../json-kind.ts";
import type { Notes } from "../note.ts";

/** A node of an n8n workflow, as far as every node has it. */
export interface N8nNode {
  /** Unique; connections and expressions refer to it. */
  readonly name: string;
  /** Without the prefix of n8n's own nodes: `httpRequest`. */
  readonly type: string;
  readonly version: number;
  readonly parameters: JsonObject;
  readonly position: { readonly x: number; readonly y: number } | null;
  readonly isDisabled: boolean;
  /** Everything else: settings of retries and errors, credentials. */
  readonly fields: JsonObject;
}

/** Output and input are numbered from 0. */
export interface N8nEdge {
  readonly from: string;
  readonly output: number;
  readonly to: string;
  readonly input: number;
}

export interface N8nDocument {
  readonly name: string;
  readonly nodes: ReadonlyMap<string, N8nNode>;
  readonly edges: readonly N8nEdge[];
  readonly pinData: JsonObject;
  readonly settings: JsonObject;
}

const OWN_PREFIX = "n8n-nodes-base.";

/** Says whether a document is an n8n workflow: a list of nodes, and connections by name. */
export function isN8nDocument(value: Json): value is JsonObject {
  return isObject(value) && isArray(value["nodes"]) && isObject(value["connections"]);
}

/** Reads nodes and connections. What has no readable shape is noted and left out. */
export function readN8nDocument(value: JsonObject, notes: Notes): N8nDocument {
  const { name, nodes: listed, connections, pinData, settings } = value;
  const nodes = new Map<string, N8nNode>();
  for (const [index, item] of (isArray(listed) ? listed : []).entries()) {
    const node = readNode(item);
    const fix = "Export the workflow again, or add the node by hand.";
    if (node === null) {
      notes.of(null).notUnderstood(`nodes[${index}]`, item, "It has no name and type, so it was left out.", fix);
    } else if (nodes.has(node.name)) {
      const message = `Another node is called "${node.name}", too, so this one was left out.`;
      notes.of(null).notUnderstood(`nodes[${index}]`, node.name, message, fix);
    } else nodes.set(node.name, node);
  }
  return {
    name: typeof name === "string" ? name : "Imported workflow",
    nodes,
    edges: readConnections(isObject(connections) ? connections : {}, nodes, notes),
    pinData: isObject(pinData) ? pinData : {},
    settings: isObject(settings) ? settings : {},
  };
}

function readNode(item: Json): N8nNode | null {
  if (!isObject(item)) return null;
  const { name, type, typeVersion, parameters, position, disabled } = item;
  if (typeof name !== "string" || typeof type !== "string") return null;
  const [x, y] = isArray(position) ? position : [];
  return {
    name,
    type: type.startsWith(OWN_PREFIX) ? type.slice(OWN_PREFIX.length) : type,
    version: typeof typeVersion === "number" ? typeVersion : 1,
    parameters: isObject(parameters) ? parameters : {},
    position: typeof x === "number" && typeof y === "number" ? { x, y } : null,
    isDisabled: disabled === true,
    fields: item,
  };
}

function readConnections(connections: JsonObject, nodes: ReadonlyMap<string, N8nNode>, notes: Notes): N8nEdge[] {
  const edges: N8nEdge[] = [];
  for (const [from, byType] of Object.entries(connections)) {
    for (const [type, outputs] of Object.entries(isObject(byType) ? byType : {})) {
      for (const [output, targets] of (isArray(outputs) ? outputs : []).entries()) {
        for (const target of isArray(targets) ? targets : []) {
          const { node: to, index } = isObject(target) ? target : {};
          const field = `connections.${from}.${type}[${output}]`;
          if (type !== "main") {
            const message = `Connections of the kind "${type}" have no counterpart here.`;
            notes.of(from).notUnderstood(field, to ?? target, message, "Connect the step differently.");
          } else if (typeof to !== "string" || !nodes.has(from) || !nodes.has(to)) {
            const message = "The connection starts or ends at a node that the document does not have.";
            notes.of(from).notUnderstood(field, to ?? target, message, "Draw the edge by hand.");
          } else edges.push({ from, output, to, input: typeof index === "number" ? index : 0 });
        }
      }
    }
  }
  return edges;
}
