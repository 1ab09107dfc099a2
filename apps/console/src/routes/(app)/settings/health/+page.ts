import { api } from "#lib/api.ts";
import { forPage } from "#lib/page-load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ url, parent }) =>
  forPage({ url, parent }, async () => ({ health: await api.getHealth() }));
