import { api } from "#lib/api.ts";
import { forPage } from "#lib/page-load.ts";
import type { LayoutLoad } from "./$types";

/** Everything below needs a session. */
export const load: LayoutLoad = async ({ url }) => ({ session: await forPage({ url }, () => api.getSession()) });
