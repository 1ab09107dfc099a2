import { api } from "#lib/api.ts";
import { forPage } from "#lib/page-load.ts";
import { readRunFilters, RUNS_PER_PAGE } from "#lib/run-list/run-filters.ts";
import { readWorkflows } from "#lib/workflow-list/read-workflows.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ url, parent }) => {
  const filters = readRunFilters(url.searchParams);
  return forPage({ url, parent }, async () => {
    const [page, workflows] = await Promise.all([api.listRuns({ ...filters, limit: RUNS_PER_PAGE }), readWorkflows()]);
    return { filters, page, workflows };
  });
};
