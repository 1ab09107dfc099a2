import type { StepView, WorkflowDefinition } from "@meshhook/core";
import { NODE_SIZE } from "#lib/graph/node-size.ts";
import type { Position, Positions } from "#lib/graph/positions.ts";

import { isTaken } from "./taken-edges.ts";

/** An edge of the drawing. */
export interface DrawnEdge {
  readonly key: number;
  readonly port: string;
  /** The position of its port's name. */
  readonly middle: Position;
  readonly isTaken: boolean;
  /** As the `d` of an SVG path. */
  readonly path: string;
}

/** The edges with an end in view. */
export function drawnEdges(
  definition: WorkflowDefinition,
  positions: Positions,
  steps: ReadonlyMap<string, StepView>,
  isInView: (position: Position) => boolean,
): readonly DrawnEdge[] {
  return definition.edges.flatMap((edge, index) => {
    const [from, to] = [positions[edge.from], positions[edge.to]];
    if (from === undefined || to === undefined || (!isInView(from) && !isInView(to))) return [];
    const start = { x: from.x + NODE_SIZE.width, y: from.y + NODE_SIZE.height / 2 };
    const end = { x: to.x - 4, y: to.y + NODE_SIZE.height / 2 };
    const bend = Math.max(36, Math.abs(end.x - start.x) / 2);
    return [
      {
        key: index,
        port: edge.port ?? "out",
        middle: { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 },
        isTaken: isTaken(edge, steps.get(edge.from)),
        path: `M${start.x},${start.y} C${start.x + bend},${start.y} ${end.x - bend},${end.y} ${end.x},${end.y}`,
      },
    ];
  });
}
