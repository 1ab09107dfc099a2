import {
  isStart,
  nodeTypes,
  type EdgeDefinition,
  type Json,
  type JsonObject,
  type NodeDefinition,
} from "@meshhook/core";
import { NODE_SIZE } from "#lib/graph/node-size.ts";
import { positionsOf, type Position } from "#lib/graph/positions.ts";

import { edgeKey, freePort, portOf, type Draft } from "./draft.ts";
import { withValueAt, type JsonPath } from "./json-path.ts";
import { freshNodeId } from "./node-id.ts";

/** Changes of a draft: each takes a draft and returns a new one. */

const STEP_ASIDE = { right: NODE_SIZE.width + 72, down: NODE_SIZE.height + 36 } as const;

/** The position of a new node and what it is connected to. */
export type Placement =
  { readonly at: Position } | { readonly after: string; readonly port?: string } | { readonly on: EdgeDefinition };

export interface AddedNode {
  readonly draft: Draft;
  readonly id: string;
}

/** Adds a node: at a place, connected to a port of another node, or in the middle of an edge. */
export function addNode(draft: Draft, type: string, placement: Placement): AddedNode {
  const id = freshNodeId(type, undefined, new Set(Object.keys(draft.nodes)));
  const node: NodeDefinition = { type, config: startConfig(type) };
  const positions = positionsOf(draft);
  const grown = { ...draft, nodes: { ...draft.nodes, [id]: node } };
  if ("at" in placement) return { id, draft: placed(grown, positions, id, placement.at) };
  if ("after" in placement) {
    const { after } = placement;
    const origin = positions[after] ?? { x: 0, y: 0 };
    const place = freePlace(positions, { x: origin.x + STEP_ASIDE.right, y: origin.y });
    const port = placement.port ?? freePort(draft, after);
    const withNode = placed(grown, positions, id, place);
    return { id, draft: port === null || isStart(type) ? withNode : connect(withNode, edgeOf(after, port, id)) };
  }
  const { on } = placement;
  const from = positions[on.from] ?? { x: 0, y: 0 };
  const to = positions[on.to] ?? { x: from.x + STEP_ASIDE.right, y: from.y };
  const middle = freePlace(positions, { x: Math.round((from.x + to.x) / 2), y: Math.round((from.y + to.y) / 2) });
  const onward = freePort(grown, id);
  const edges = draft.edges.flatMap((edge) =>
    edgeKey(edge) === edgeKey(on)
      ? [edgeOf(on.from, portOf(on), id), ...(onward === null ? [] : [edgeOf(id, onward, on.to)])]
      : [edge],
  );
  return { id, draft: { ...placed(grown, positions, id, middle), edges } };
}

/** The initial config of a node: what its type needs in order to have ports. */
function startConfig(type: string): JsonObject {
  return type === "branch@1" ? { condition: "" } : {};
}

export function edgeOf(from: string, port: string, to: string): EdgeDefinition {
  return port === "out" ? { from, to } : { from, port, to };
}

function placed(draft: Draft, positions: { readonly [id: string]: Position }, id: string, at: Position): Draft {
  return { ...draft, layout: { ...positions, [id]: { x: Math.round(at.x), y: Math.round(at.y) } } };
}

/** The position itself, or the next one below that no node covers. */
function freePlace(positions: { readonly [id: string]: Position }, wanted: Position): Position {
  const taken = Object.values(positions);
  let { y } = wanted;
  while (
    taken.some((other) => Math.abs(other.x - wanted.x) < NODE_SIZE.width && Math.abs(other.y - y) < NODE_SIZE.height)
  ) {
    y += STEP_ASIDE.down;
  }
  return { x: wanted.x, y };
}

/** Removes nodes with their edges, and single edges. */
export function remove(draft: Draft, ids: ReadonlySet<string>, edgeKeys: ReadonlySet<string> = new Set()): Draft {
  const keep = <T>(record: { readonly [id: string]: T } | undefined): { [id: string]: T } =>
    Object.fromEntries(Object.entries(record ?? {}).filter(([id]) => !ids.has(id)));
  return {
    ...draft,
    nodes: keep(draft.nodes),
    edges: draft.edges.filter((edge) => !ids.has(edge.from) && !ids.has(edge.to) && !edgeKeys.has(edgeKey(edge))),
    layout: keep(draft.layout),
  };
}

export function connect(draft: Draft, edge: EdgeDefinition): Draft {
  return { ...draft, edges: [...draft.edges, edge] };
}

export function move(draft: Draft, places: { readonly [id: string]: Position }): Draft {
  const rounded = Object.entries(places).map(([id, { x, y }]) => [id, { x: Math.round(x), y: Math.round(y) }] as const);
  return { ...draft, layout: { ...positionsOf(draft), ...Object.fromEntries(rounded) } };
}

export function setLabel(draft: Draft, id: string, label: string): Draft {
  const node = draft.nodes[id];
  if (node === undefined) return draft;
  const { label: _, ...rest } = node;
  return { ...draft, nodes: { ...draft.nodes, [id]: label === "" ? rest : { ...rest, label } } };
}

/** Sets or clears when a node runs, or how long its step may take. */
export function setRule(draft: Draft, id: string, field: "join" | "timeoutMs", value: string | number | null): Draft {
  const node = draft.nodes[id];
  if (node === undefined) return draft;
  const { [field]: _, ...rest } = node;
  const changed = (value === null ? rest : { ...rest, [field]: value }) as NodeDefinition;
  return { ...draft, nodes: { ...draft.nodes, [id]: changed } };
}

/** Sets a value inside a node's config. If that renames one of its ports, the edges that leave by the port follow. */
export function setConfig(draft: Draft, id: string, path: JsonPath, value: Json | undefined): Draft {
  const node = draft.nodes[id];
  if (node === undefined) return draft;
  const config = withValueAt(node.config, path, value);
  const renamed = renamedPort(node.type, node.config, config);
  const edges =
    renamed === null
      ? draft.edges
      : draft.edges.map((edge) =>
          edge.from === id && portOf(edge) === renamed.before ? edgeOf(id, renamed.after, edge.to) : edge,
        );
  return { ...draft, nodes: { ...draft.nodes, [id]: { ...node, config } }, edges };
}

function renamedPort(type: string, before: JsonObject, after: JsonObject): { before: string; after: string } | null {
  const nodeType = nodeTypes.get(type);
  if (nodeType === undefined) return null;
  const [old, now] = [nodeType.ports(before), nodeType.ports(after)];
  if (old.length !== now.length) return null;
  const changed = old.flatMap((port, index) =>
    port === now[index] ? [] : [{ before: port, after: now[index] ?? port }],
  );
  const [only] = changed;
  return changed.length === 1 && only !== undefined && !now.includes(only.before) ? only : null;
}

/** Sets or clears the texts about the workflow. */
export function setAbout(draft: Draft, field: "name" | "description", text: string): Draft {
  const { [field]: _, ...rest } = draft;
  return text === "" ? rest : { ...rest, [field]: text };
}

/** Sets or clears the sample; the input's schema stays. */
export function setSample(draft: Draft, sample: Json | undefined): Draft {
  const { input, ...rest } = draft;
  const { sample: _, ...others } = input ?? {};
  const next = sample === undefined ? others : { ...others, sample };
  return Object.keys(next).length === 0 ? rest : { ...rest, input: next };
}
