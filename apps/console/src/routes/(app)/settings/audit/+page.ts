import { isOwner } from "#lib/access.ts";
import { api } from "#lib/api.ts";
import { auditQuery } from "#lib/audit/audit-query.ts";
import { forPage } from "#lib/page-load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ url, parent }) => {
  const { session } = await parent();
  const query = auditQuery(url.searchParams);
  // Who did what is for owners.
  if (!isOwner(session)) return { query, log: null };
  return { query, log: await forPage({ url }, () => api.listAudit(query)) };
};
