import type { Position } from "#lib/graph/layout.ts";

/** What pointers did to a drawing: moved it, or moved apart and so made it larger, around a place of the element. */
export type PanMove =
  | { readonly kind: "move"; readonly dx: number; readonly dy: number }
  | { readonly kind: "zoom"; readonly factor: number; readonly around: Position };

/** So little is a click by an unsteady hand, in pixels. */
const CLICK_MAX = 4;

/** Pointers on a drawing: one moves it, two zoom it. */
export class Pan {
  readonly #pointers = new Map<number, Position>();
  readonly #tell: (move: PanMove) => void;
  /** The last press became a move: the click that follows it chooses nothing. */
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
    // Two fingers: what lies between them stays there.
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
