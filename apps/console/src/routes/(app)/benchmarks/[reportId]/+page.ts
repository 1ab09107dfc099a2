import { api } from "#lib/api.ts";
import { forPage } from "#lib/page-load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ url, params: { reportId } }) => ({
  report: await forPage(url, () => api.getReport({ reportId })),
});
