import type { Edge, Node } from "@xyflow/svelte";
import { NODE_SIZE } from "#lib/graph/node-size.ts";
import { positionsOf } from "#lib/graph/positions.ts";

import { edgeKey, nameOf, portOf, type Draft } from "./draft.ts";

/**
 * A draft as the drawing's nodes. Unchanged objects are kept, because a new identity would redraw the node.
 *
 * @param before  The current drawing, with its measurements.
 */
export function flowNodes(draft: Draft, selected: ReadonlySet<string>, before: readonly Node[]): Node[] {
  const known = new Map(before.map((node) => [node.id, node]));
  const positions = positionsOf(draft);
  return Object.keys(draft.nodes).map((id) => {
    const position = positions[id] ?? { x: 0, y: 0 };
    const isSelected = selected.has(id);
    const ariaLabel = `${nameOf(draft, id)}, ${draft.nodes[id]?.type ?? ""}`;
    const old = known.get(id);
    if (old === undefined) {
      return {
        id,
        type: "step",
        position,
        data: {},
        selected: isSelected,
        ariaLabel,
        // So that the drawing can fit its view before the first measurement.
        initialWidth: NODE_SIZE.width,
        initialHeight: NODE_SIZE.height,
      };
    }
    const isSame =
      old.position.x === position.x &&
      old.position.y === position.y &&
      old.selected === isSelected &&
      old.ariaLabel === ariaLabel;
    return isSame ? old : { ...old, position, selected: isSelected, ariaLabel };
  });
}

/** A draft's edges as the drawing's; those that lead nowhere cannot be drawn and are reported as problems. */
export function flowEdges(draft: Draft, selected: ReadonlySet<string>, before: readonly Edge[]): Edge[] {
  const known = new Map(before.map((edge) => [edge.id, edge]));
  const edges = new Map<string, Edge>();
  for (const edge of draft.edges) {
    if (!Object.hasOwn(draft.nodes, edge.from) || !Object.hasOwn(draft.nodes, edge.to)) continue;
    const id = edgeKey(edge);
    const isSelected = selected.has(id);
    const old = known.get(id);
    if (old !== undefined && old.selected === isSelected) {
      edges.set(id, old);
      continue;
    }
    edges.set(id, {
      id,
      type: "step",
      source: edge.from,
      sourceHandle: portOf(edge),
      target: edge.to,
      targetHandle: "in",
      selected: isSelected,
      ariaLabel: `Edge from ${nameOf(draft, edge.from)}, port ${portOf(edge)}, to ${nameOf(draft, edge.to)}`,
    });
  }
  return [...edges.values()];
}
