import { isReader } from "#lib/access.ts";
import { api } from "#lib/api.ts";
import { forPage } from "#lib/page-load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ url, parent }) => {
  const { session } = await parent();
  // People see who is in the project; of keys, only those of administrators do.
  if (session.user === null && session.role !== "admin") return { members: null, isReader: isReader(session) };
  return forPage({ url }, async () => ({ members: (await api.listMembers()).items, isReader: isReader(session) }));
};
