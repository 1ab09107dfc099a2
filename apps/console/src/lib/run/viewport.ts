import type { Direction } from "#lib/graph/directions.ts";
import { NODE_SIZE } from "#lib/graph/node-size.ts";
import type { Position, Positions } from "#lib/graph/positions.ts";

/** The position of the drawing's origin in the window, and its scale. */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A chain of a thousand nodes still fits. */
const SCALE = { min: 0.002, max: 2 } as const;
const MARGIN = 24;
/** Below this scale a node is not readable, so a large graph opens at the interesting place instead. */
const READABLE_FROM = 0.45;

/** The whole drawing in the window, never enlarged. */
export function fitAll(positions: Positions, size: Size): Viewport {
  const places = Object.values(positions);
  const left = Math.min(...places.map(({ x }) => x));
  const top = Math.min(...places.map(({ y }) => y));
  const width = Math.max(...places.map(({ x }) => x)) + NODE_SIZE.width - left;
  const height = Math.max(...places.map(({ y }) => y)) + NODE_SIZE.height - top;
  const fitting = Math.min((size.width - 2 * MARGIN) / width, (size.height - 2 * MARGIN) / height, 1);
  const scale = Math.max(fitting, SCALE.min);
  return {
    x: (size.width - width * scale) / 2 - left * scale,
    y: (size.height - height * scale) / 2 - top * scale,
    scale,
  };
}

/** A node in the centre of the window. */
export function centerOn({ x, y }: Position, size: Size, scale: number): Viewport {
  return {
    x: size.width / 2 - (x + NODE_SIZE.width / 2) * scale,
    y: size.height / 2 - (y + NODE_SIZE.height / 2) * scale,
    scale,
  };
}

/** Everything if that is readable, otherwise the interesting place. */
export function firstView(positions: Positions, focus: Position | undefined, size: Size): Viewport {
  const whole = fitAll(positions, size);
  if (whole.scale >= READABLE_FROM || focus === undefined) return whole;
  return centerOn(focus, size, READABLE_FROM * 1.4);
}

/** Zooms around a point of the window that stays fixed. */
export function zoomBy(view: Viewport, factor: number, around: Position): Viewport {
  const scale = Math.min(SCALE.max, Math.max(SCALE.min, view.scale * factor));
  const ratio = scale / view.scale;
  return { x: around.x - (around.x - view.x) * ratio, y: around.y - (around.y - view.y) * ratio, scale };
}

export function isInView({ x, y }: Position, view: Viewport, size: Size): boolean {
  const left = x * view.scale + view.x;
  const top = y * view.scale + view.y;
  return (
    left + NODE_SIZE.width * view.scale >= -MARGIN &&
    top + NODE_SIZE.height * view.scale >= -MARGIN &&
    left <= size.width + MARGIN &&
    top <= size.height + MARGIN
  );
}

/** The nearest node in a direction: the distance sideways counts three times. */
export function nodeTowards(positions: Positions, from: string, direction: Direction): string | null {
  const start = positions[from];
  if (start === undefined) return null;
  let nearest: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const [id, { x, y }] of Object.entries(positions)) {
    const [dx, dy] = [x - start.x, y - start.y];
    const [ahead, aside] =
      direction === "left" ? [-dx, dy] : direction === "right" ? [dx, dy] : direction === "up" ? [-dy, dx] : [dy, dx];
    const distance = ahead + 3 * Math.abs(aside);
    if (id !== from && ahead > 0 && distance < least) [nearest, least] = [id, distance];
  }
  return nearest;
}
