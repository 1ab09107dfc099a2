import { isOwner } from "#lib/access.ts";
import { api } from "#lib/api.ts";
import { forPage } from "#lib/page-load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ url, parent }) => {
  const { session } = await parent();
  return forPage({ url }, async () => {
    // Keys are for owners.
    const [keys, secrets] = await Promise.all([isOwner(session) ? api.listKeys() : null, api.listSecrets()]);
    return { keys: keys?.items ?? null, secrets: secrets.items };
  });
};
