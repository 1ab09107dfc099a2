import { graphlib, layout as arrange } from "@dagrejs/dagre";

import { NODE_SIZE } from "./node-size.ts";
import { GAP, hasPositions, positionsOf, type Drawing, type Position } from "./positions.ts";

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

/** The drawing's own positions; without any, it is arranged. */
export function ownOrArranged(drawing: Drawing): { [id: string]: Position } {
  return hasPositions(drawing) ? positionsOf(drawing) : arrangeAll(drawing);
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
