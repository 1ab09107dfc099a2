import { api } from "#lib/api.ts";
import { readOverview } from "#lib/overview/read-overview.ts";
import { findFirstWorkflow } from "#lib/overview/first-workflow.ts";
import { forPage } from "#lib/page-load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ url, parent }) =>
  forPage({ url, parent }, async () => {
    const [overview, { items: endpoints }] = await Promise.all([readOverview(), api.listEndpoints()]);
    const isNew = overview.recent.length === 0;
    return { overview, endpoints, first: isNew ? await findFirstWorkflow(overview.workflows, endpoints) : null };
  });
