import { api } from "#lib/api.ts";
import { forPage } from "#lib/page-load.ts";
import { openRun } from "#lib/run/open-run.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ params: { runId }, url, parent }) =>
  forPage({ url, parent }, () => openRun(api, runId));
