import { NODE_SIZE } from "./node-size.ts";

export interface Position {
  readonly x: number;
  readonly y: number;
}

export type Positions = { readonly [id: string]: Position };

/** What the layout needs to know of a workflow; a draft may be unfinished. */
export interface Drawing {
  readonly nodes: { readonly [id: string]: unknown };
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly layout?: Positions | undefined;
}

export const GAP = { between: 36, layers: 72, aside: 24 } as const;

/** Gives every node of a drawing a position. */
export type Arrange = (drawing: Drawing) => { [id: string]: Position };
let arrange: Arrange = inARow;

/** Says how drawings without positions are arranged from now on; see `loadArranging`. */
export function arrangeWith(given: Arrange): void {
  arrange = given;
}

/** Whether at least one node of the drawing has a position of its own. */
export function hasPositions({ nodes, layout = {} }: Drawing): boolean {
  return Object.keys(layout).some((id) => Object.hasOwn(nodes, id));
}

/**
 * The document's own positions, if it has any; nodes without one go beneath the others. Without any, everything is arranged: in layers
 * after `loadArranging`, otherwise in a row.
 */
export function positionsOf(drawing: Drawing): { [id: string]: Position } {
  if (!hasPositions(drawing)) return arrange(drawing);
  const known = Object.entries(drawing.layout ?? {}).filter(([id]) => Object.hasOwn(drawing.nodes, id));
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

function inARow({ nodes }: Drawing): { [id: string]: Position } {
  const width = NODE_SIZE.width + GAP.layers;
  return Object.fromEntries(Object.keys(nodes).map((id, index) => [id, { x: index * width, y: 0 }]));
}
