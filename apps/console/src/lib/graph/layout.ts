import { graphlib, layout as arrange } from "@dagrejs/dagre";

import { NODE_SIZE } from "./node-size.ts";

export { NODE_SIZE };

export interface Position {
  readonly x: number;
  readonly y: number;
}

/** What the layout needs to know of a workflow; a draft may be unfinished. */
export interface Drawing {
  readonly nodes: { readonly [id: string]: unknown };
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly layout?: { readonly [id: string]: Position } | undefined;
}

const GAP = { between: 36, layers: 72, aside: 24 } as const;

/** The last arrangement by its edges, which editing a node does not change, because arranging hundreds of nodes takes a second. */
const arranged = new WeakMap<
  Drawing["edges"],
  { readonly ids: string; readonly positions: { [id: string]: Position } }
>();

/** Top left corners for every node, in layers from left to right. The same document gives the same picture. */
export function arrangeAll(drawing: Drawing): { [id: string]: Position } {
  const ids = Object.keys(drawing.nodes).join(" ");
  const known = arranged.get(drawing.edges);
  if (known?.ids === ids) return { ...known.positions };
  const positions = arrangeAnew(drawing);
  arranged.set(drawing.edges, { ids, positions });
  return { ...positions };
}

function arrangeAnew(drawing: Drawing): { [id: string]: Position } {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: GAP.between, ranksep: GAP.layers });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of Object.keys(drawing.nodes)) graph.setNode(id, { ...NODE_SIZE });
  for (const { from, to } of drawing.edges) if (graph.hasNode(from) && graph.hasNode(to)) graph.setEdge(from, to);
  arrange(graph);
  const positions: { [id: string]: Position } = {};
  for (const id of graph.nodes()) {
    const { x, y } = graph.node(id) as Position;
    positions[id] = { x: Math.round(x - NODE_SIZE.width / 2), y: Math.round(y - NODE_SIZE.height / 2) };
  }
  return positions;
}

/** The document's own positions, if it has any; nodes without one go beneath the others. Without any, everything is arranged. */
export function positionsOf(drawing: Drawing): { [id: string]: Position } {
  const known = Object.entries(drawing.layout ?? {}).filter(([id]) => Object.hasOwn(drawing.nodes, id));
  if (known.length === 0) return arrangeAll(drawing);
  const positions: { [id: string]: Position } = Object.fromEntries(known);
  const bottom = Math.max(...known.map(([, { y }]) => y)) + NODE_SIZE.height + GAP.layers;
  let x = Math.min(...known.map(([, position]) => position.x));
  for (const id of Object.keys(drawing.nodes)) {
    if (positions[id] !== undefined) continue;
    positions[id] = { x, y: bottom };
    x += NODE_SIZE.width + GAP.aside;
  }
  return positions;
}
