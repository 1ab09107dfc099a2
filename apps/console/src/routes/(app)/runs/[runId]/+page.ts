import { api } from "#lib/api.ts";
import { forPage } from "#lib/page-load.ts";
import type { PageLoad } from "./$types";

/** Everything the run is recomputed from: its facts and the version they belong to; and what the server says, to compare. */
export const load: PageLoad = ({ params: { runId }, url }) =>
  forPage(url, async () => {
    const [run, facts] = await Promise.all([api.getRun({ runId }), api.listFacts({ runId })]);
    const version = await api.getVersion({ versionId: run.versionId });
    return { run, facts: facts.items, version };
  });
