/** Of a drawn node. Apart from the layout, so that a page that only draws does not load what arranges. */
export const NODE_SIZE = { width: 224, height: 68 } as const;
