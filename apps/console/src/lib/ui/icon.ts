import type Circle from "@lucide/svelte/icons/circle";

/** A sign from the icon library, as components take it. */
export type Icon = typeof Circle;
