/** As many as a reader looks through before filtering. */
export const WORKFLOWS_PER_PAGE = 50;
