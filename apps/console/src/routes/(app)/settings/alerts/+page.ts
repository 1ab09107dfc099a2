import { isReader } from "#lib/access.ts";
import { api } from "#lib/api.ts";
import { forPage } from "#lib/page-load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ url, parent }) => {
  const { session } = await parent();
  return forPage({ url }, async () => {
    // A read-only key may see what is watched, but not where it reports to.
    const mayWrite = !isReader(session);
    const [rules, channels, messages, endpoints, workflows] = await Promise.all([
      api.listAlertRules(),
      mayWrite ? api.listAlertChannels() : null,
      mayWrite ? api.listAlertMessages() : null,
      api.listEndpoints(),
      api.listWorkflows({ limit: 200 }),
    ]);
    return {
      rules: rules.items,
      channels: channels?.items ?? null,
      messages: messages?.items ?? [],
      endpoints: endpoints.items,
      workflows: workflows.items,
    };
  });
};
