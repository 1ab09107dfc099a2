import { api } from "#lib/api.ts";
import { readDraft } from "#lib/builder/draft.ts";
import { loadArranging } from "#lib/graph/load-arranging.ts";
import { hasPositions } from "#lib/graph/positions.ts";
import { forPage } from "#lib/page-load.ts";
import type { PageLoad } from "./$types";

/** The draft, the active version and the endpoints. */
export const load: PageLoad = ({ params, url, parent }) =>
  forPage({ url, parent }, async () => {
    const [workflow, { items }] = await Promise.all([
      api.getWorkflow({ workflow: params.workflow }),
      api.listEndpoints(),
    ]);
    const { id, activeVersionId } = workflow;
    const draft = readDraft(workflow.definition)?.draft;
    if (draft !== undefined && !hasPositions(draft)) await loadArranging();
    return {
      workflow,
      active: activeVersionId === null ? null : await api.getVersion({ versionId: activeVersionId }),
      endpoints: items.filter(({ workflowId }) => workflowId === id),
    };
  });
