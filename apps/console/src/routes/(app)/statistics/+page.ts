import { api } from "#lib/api.ts";
import { forPage } from "#lib/page-load.ts";
import { PERIODS, periodOf } from "#lib/statistics/period.ts";
import { readWorkflows } from "#lib/workflow-list/read-workflows.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ url, parent }) =>
  forPage({ url, parent }, async () => {
    const workflow = url.searchParams.get("workflow") ?? "";
    const period = periodOf(url.searchParams.get("period"));
    const from = new Date(Date.now() - PERIODS[period].ms).toISOString();
    const [statistics, workflows] = await Promise.all([
      api.getStatistics({ from, ...(workflow === "" ? {} : { workflow }) }),
      readWorkflows(),
    ]);
    return { workflow, period, statistics, workflows };
  });
