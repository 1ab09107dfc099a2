import { api } from "#lib/api.ts";
import { forPage } from "#lib/page-load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async (page) => ({ reports: (await forPage(page, () => api.listReports())).items });
