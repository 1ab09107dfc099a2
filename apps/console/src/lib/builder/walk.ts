import type { Direction } from "#lib/graph/directions.ts";
import { positionsOf } from "#lib/graph/positions.ts";

import type { Draft } from "./draft.ts";

/**
 * The node that an arrow key leads to: right along the edges, left against them, up and down to the nearest node. Null when there is none.
 */
export function neighbourOf(draft: Draft, id: string, direction: Direction): string | null {
  const positions = positionsOf(draft);
  const here = positions[id];
  if (here === undefined) return null;
  const others = Object.keys(draft.nodes).filter((other) => other !== id);
  const candidates =
    direction === "right"
      ? draft.edges.filter(({ from }) => from === id).map(({ to }) => to)
      : direction === "left"
        ? draft.edges.filter(({ to }) => to === id).map(({ from }) => from)
        : others.filter((other) => {
            const y = positions[other]?.y ?? 0;
            return direction === "up" ? y < here.y : y > here.y;
          });
  let nearest: { readonly id: string; readonly distance: number } | null = null;
  for (const other of candidates) {
    const there = positions[other];
    if (there === undefined) continue;
    // Up and down stay in the column as far as they can.
    const distance =
      Math.abs(there.y - here.y) + Math.abs(there.x - here.x) * (direction === "up" || direction === "down" ? 3 : 1);
    if (nearest === null || distance < nearest.distance) nearest = { id: other, distance };
  }
  return nearest?.id ?? null;
}
