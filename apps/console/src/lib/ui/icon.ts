import type Circle from "@lucide/svelte/icons/circle";

/** The type of an icon from the icon library. */
export type Icon = typeof Circle;
