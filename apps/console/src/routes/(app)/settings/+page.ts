import { api } from "#lib/api.ts";
import { forPage } from "#lib/page-load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ url, parent }) => {
  const { session } = await parent();
  return forPage({ url }, async () => {
    // A read-only key may not list keys.
    const [keys, secrets] = await Promise.all([
      session.key.scope === "read" ? null : api.listKeys(),
      api.listSecrets(),
    ]);
    return { keys: keys?.items ?? null, secrets: secrets.items };
  });
};
