import { NODE_SIZE } from "#lib/graph/node-size.ts";
import type { Position } from "#lib/graph/positions.ts";

/** Below this the second line of a node is too small to read; at this, four nodes in a row fit beside the panels of a window of 1,280 px. */
const READABLE_ZOOM = 0.7;
const MARGIN = 16;

type Positions = { readonly [id: string]: Position };

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The initial view of a graph: all of it, if it is readable at that size. A larger graph is shown at a readable size around one node,
 * without empty margins.
 *
 * @param bounds  The area that the nodes cover.
 * @param around  The position of the node that must be visible.
 */
export function firstView(
  bounds: Position & Size,
  around: Position,
  frame: Size,
): Position & { readonly zoom: number } {
  const fitting = Math.min(
    (frame.width - 2 * MARGIN) / Math.max(bounds.width, 1),
    (frame.height - 2 * MARGIN) / Math.max(bounds.height, 1),
  );
  const zoom = Math.min(1, Math.max(READABLE_ZOOM, fitting));
  return {
    x: offset(bounds.x * zoom, bounds.width * zoom, (around.x + NODE_SIZE.width / 2) * zoom, frame.width),
    y: offset(bounds.y * zoom, bounds.height * zoom, (around.y + NODE_SIZE.height / 2) * zoom, frame.height),
    zoom,
  };
}

/** What nodes cover as far as their places tell: a card with several ports is higher. */
export function boundsOf(positions: Positions): Position & Size {
  const places = Object.values(positions);
  const [x, y] = [Math.min(...places.map((place) => place.x)), Math.min(...places.map((place) => place.y))];
  return {
    x,
    y,
    width: Math.max(...places.map((place) => place.x)) + NODE_SIZE.width - x,
    height: Math.max(...places.map((place) => place.y)) + NODE_SIZE.height - y,
  };
}

/** All nodes of a graph in the middle of a frame, never enlarged, however small they become. */
export function wholeView(positions: Positions, frame: Size): Position & { readonly zoom: number } {
  const { x: left, y: top, width, height } = boundsOf(positions);
  const zoom = Math.min(1, (frame.width - 2 * MARGIN) / width, (frame.height - 2 * MARGIN) / height);
  return {
    x: (frame.width - width * zoom) / 2 - left * zoom,
    y: (frame.height - height * zoom) / 2 - top * zoom,
    zoom,
  };
}

/** The nodes of which a frame shows a part. */
export function idsInView(
  positions: Positions,
  view: Position & { readonly zoom: number },
  frame: Size,
): ReadonlySet<string> {
  const [left, top] = [-view.x / view.zoom, -view.y / view.zoom];
  const [right, bottom] = [left + frame.width / view.zoom, top + frame.height / view.zoom];
  const isSeen = ({ x, y }: Position): boolean =>
    x + NODE_SIZE.width > left && x < right && y + NODE_SIZE.height > top && y < bottom;
  return new Set(Object.entries(positions).flatMap(([id, position]) => (isSeen(position) ? [id] : [])));
}

/** Where one axis begins: centred if everything fits, otherwise with `middle` in the centre, but without empty margins. */
function offset(start: number, length: number, middle: number, room: number): number {
  if (length <= room - 2 * MARGIN) return (room - length) / 2 - start;
  const [atEnd, atStart] = [room - MARGIN - start - length, MARGIN - start];
  return Math.min(atStart, Math.max(atEnd, room / 2 - middle));
}
