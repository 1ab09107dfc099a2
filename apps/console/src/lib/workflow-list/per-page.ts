/** About as many as people look through before they filter. */
export const WORKFLOWS_PER_PAGE = 50;
