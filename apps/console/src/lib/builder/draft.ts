import {
  nodeTypes,
  type EdgeDefinition,
  type JsonObject,
  type NodeDefinition,
  type WorkflowDefinition,
} from "@meshhook/core";
import { isRecord } from "#lib/json-container.ts";

/**
 * A workflow document while it is being edited: the shape of a definition, but it may be unfinished or wrong. Immutable; an edit creates a
 * new one that shares the unchanged parts.
 */
export type Draft = WorkflowDefinition;

/** A draft with only a webhook in it: the smallest that can be published. */
export function blankDraft(slug: string, name: string): Draft {
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    ...(name === "" ? {} : { name }),
    nodes: { webhook: { type: "webhook@1", config: {} } },
    edges: [],
    layout: { webhook: { x: 0, y: 0 } },
  };
}

export interface ReadDraft {
  readonly draft: Draft;
  /** The parts of the value that a draft cannot contain, one sentence each. */
  readonly left: readonly string[];
}

/**
 * Turns any value into a draft as far as possible: missing fields are filled in, parts that cannot be drawn are left out and reported. Null
 * when there is nothing to draw.
 */
export function readDraft(value: unknown): ReadDraft | null {
  if (!isRecord(value)) return null;
  const left: string[] = [];
  const { nodes, edges, layout, ...rest } = value;
  return {
    draft: {
      ...(rest as Partial<Draft>),
      apiVersion: (rest["apiVersion"] ?? "meshhook/v1") as Draft["apiVersion"],
      kind: (rest["kind"] ?? "Workflow") as Draft["kind"],
      slug: typeof rest["slug"] === "string" ? rest["slug"] : "",
      nodes: readNodes(nodes, left),
      edges: readEdges(edges, left),
      layout: readLayout(layout),
    },
    left,
  };
}

function readNodes(value: unknown, left: string[]): Draft["nodes"] {
  if (value !== undefined && !isRecord(value))
    left.push(`"nodes" is not an object keyed by id, so no node could be read.`);
  const nodes: { [id: string]: NodeDefinition } = {};
  for (const [id, node] of Object.entries(isRecord(value) ? value : {})) {
    if (!isRecord(node)) {
      left.push(`The node "${id}" is not an object.`);
      continue;
    }
    const { type, config, ...rest } = node;
    if (config !== undefined && !isRecord(config)) left.push(`The config of the node "${id}" is not an object.`);
    nodes[id] = {
      ...rest,
      type: typeof type === "string" ? type : "",
      config: isRecord(config) ? (config as JsonObject) : {},
    };
  }
  return nodes;
}

function readEdges(value: unknown, left: string[]): readonly EdgeDefinition[] {
  if (value !== undefined && !Array.isArray(value)) left.push(`"edges" is not a list, so no edge could be read.`);
  const edges: EdgeDefinition[] = [];
  for (const [index, edge] of (Array.isArray(value) ? (value as readonly unknown[]) : []).entries()) {
    if (isRecord(edge) && typeof edge["from"] === "string" && typeof edge["to"] === "string") {
      const { from, to, port } = edge;
      edges.push({ from, to, ...(typeof port === "string" ? { port } : {}) });
    } else {
      left.push(`The edge at ${index} does not name the nodes that it connects.`);
    }
  }
  return edges;
}

function readLayout(value: unknown): NonNullable<Draft["layout"]> {
  const places = Object.entries(isRecord(value) ? value : {}).filter(
    (entry): entry is [string, { x: number; y: number }] =>
      isRecord(entry[1]) && Number.isFinite(entry[1]["x"]) && Number.isFinite(entry[1]["y"]),
  );
  return Object.fromEntries(places.map(([id, { x, y }]) => [id, { x, y }]));
}

/** The port that an edge leaves by. */
export function portOf(edge: EdgeDefinition): string {
  return edge.port ?? "out";
}

/** An edge's name for lists and drawings: the same for the same connection. */
export function edgeKey(edge: EdgeDefinition): string {
  return `${edge.from}.${portOf(edge)}>${edge.to}`;
}

/**
 * The ports of a node: those of its type, and those that edges use although the type does not have them, so that such edges are visible.
 */
export function portsOf(draft: Draft, id: string): readonly string[] {
  const node = draft.nodes[id];
  if (node === undefined) return [];
  const known = nodeTypes.get(node.type)?.ports(node.config) ?? [];
  const used = draft.edges.filter(({ from }) => from === id).map(portOf);
  return [...new Set([...known, ...used])];
}

/** The first port of a node that no edge leaves by; its first port if all are in use; null if it has none. */
export function freePort(draft: Draft, id: string): string | null {
  const ports = portsOf(draft, id);
  const used = new Set(draft.edges.filter(({ from }) => from === id).map(portOf));
  return ports.find((port) => !used.has(port)) ?? ports[0] ?? null;
}

/** The name of a node for people: its label, otherwise its id. */
export function nameOf(draft: Draft, id: string): string {
  const label = draft.nodes[id]?.label;
  return label === undefined || label === "" ? id : label;
}
