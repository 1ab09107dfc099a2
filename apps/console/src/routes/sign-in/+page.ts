import { api } from "#lib/api.ts";
import type { PageLoad } from "./$types";

/** Without an answer the key form is shown: it says what is wrong when it is used. */
export const load: PageLoad = async () => ({
  options: await api.getSignInOptions().catch(() => ({ hasUsers: false, provider: null })),
});
