import { api } from "#lib/api.ts";
import { forPage } from "#lib/page-load.ts";
import { WORKFLOWS_PER_PAGE } from "#lib/workflow-list/per-page.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ url, parent }) =>
  forPage({ url, parent }, async () => {
    const [page, { items: endpoints }] = await Promise.all([
      api.listWorkflows({ limit: WORKFLOWS_PER_PAGE }),
      api.listEndpoints(),
    ]);
    return { page, endpoints };
  });
