export type Direction = "left" | "right" | "up" | "down";

/** The directions of the arrow keys. */
export const ARROWS: { readonly [key: string]: Direction } = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};
