/** A turn of the wheel: the zoom factor, and the centre in pixels of the element. */
export interface WheelTurn {
  readonly factor: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/**
 * An attachment that zooms with Ctrl or ⌘ and the wheel; the plain wheel scrolls the page. Not passive, because the page itself must not
 * zoom.
 *
 * @param zoom  Called for each turn.
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
