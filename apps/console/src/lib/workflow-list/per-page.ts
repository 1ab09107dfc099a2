/** Each row's draft is read as well, to tell what is published of it: so a page is short. */
export const WORKFLOWS_PER_PAGE = 50;
