import { api } from "#lib/api.ts";
import { forPage } from "#lib/page-load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ url, parent }) => {
  const { session } = await parent();
  // A read-only key may not list keys.
  if (session.key.scope === "read") return { keys: null };
  return { keys: (await forPage({ url }, () => api.listKeys())).items };
};
