import { api } from "#lib/api.ts";
import { forPage } from "#lib/page-load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ url, parent, params: { reportId } }) => ({
  report: await forPage({ url, parent }, () => api.getReport({ reportId })),
});
