/** A turn of the wheel: how much larger things become, and around which place of the element, in pixels. */
export interface WheelTurn {
  readonly factor: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/**
 * An attachment that zooms with Ctrl or ⌘ and the wheel; the plain wheel scrolls the page. Not passive: the page must not zoom as well.
 *
 * @param zoom  Hears of each turn.
 */
export function wheelZoom(zoom: (turn: WheelTurn) => void): (element: Element) => () => void {
  return (element) => {
    const turn = (event: Event): void => {
      if (!(event instanceof WheelEvent) || (!event.ctrlKey && !event.metaKey)) return;
      event.preventDefault();
      const box = element.getBoundingClientRect();
      zoom({
        factor: Math.exp(-event.deltaY / 300),
        x: event.clientX - box.left,
        y: event.clientY - box.top,
        width: box.width,
      });
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  };
}
