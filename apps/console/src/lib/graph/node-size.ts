/** The size of a drawn node. Separate from the layout, so that a page that only draws does not load the code that arranges. */
export const NODE_SIZE = { width: 224, height: 68 } as const;
