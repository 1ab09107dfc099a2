export type Direction = "left" | "right" | "up" | "down";

/** Where the arrow keys lead. */
export const ARROWS: { readonly [key: string]: Direction } = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};
