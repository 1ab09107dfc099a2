import type { Position } from "#lib/graph/positions.ts";

/** A gesture on a drawing: a move, or a zoom around a point of the element. */
export type PanMove =
  | { readonly kind: "move"; readonly dx: number; readonly dy: number }
  | { readonly kind: "zoom"; readonly factor: number; readonly around: Position };

/** Up to this distance, in pixels, a move is a click with an unsteady hand. */
const CLICK_MAX = 4;

/** Pointers on a drawing: one moves it, two zoom it. */
export class Pan {
  readonly #pointers = new Map<number, Position>();
  readonly #tell: (move: PanMove) => void;
  /** The last press became a move, so the click after it selects nothing. */
  hasMoved = false;

  constructor(tell: (move: PanMove) => void) {
    this.#tell = tell;
  }

  press(event: PointerEvent): void {
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.hasMoved = false;
  }

  drag(event: PointerEvent, element: Element): void {
    const last = this.#pointers.get(event.pointerId);
    if (last === undefined) return;
    const [dx, dy] = [event.clientX - last.x, event.clientY - last.y];
    if (!this.hasMoved && Math.hypot(dx, dy) < CLICK_MAX) return;
    if (!this.hasMoved) element.setPointerCapture(event.pointerId);
    this.hasMoved = true;
    const other = [...this.#pointers].find(([pointer]) => pointer !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (other === undefined) return this.#tell({ kind: "move", dx, dy });
    // With two fingers, the point between them stays fixed.
    const box = element.getBoundingClientRect();
    const before = Math.hypot(last.x - other.x, last.y - other.y);
    const after = Math.hypot(event.clientX - other.x, event.clientY - other.y);
    if (before === 0) return;
    this.#tell({
      kind: "zoom",
      factor: after / before,
      around: { x: (event.clientX + other.x) / 2 - box.left, y: (event.clientY + other.y) / 2 - box.top },
    });
  }

  release(event: PointerEvent): void {
    this.#pointers.delete(event.pointerId);
  }
}
