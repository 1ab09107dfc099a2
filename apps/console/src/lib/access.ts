import { page } from "$app/state";

/** Why something is not available, for a tooltip and for the text beside it. */
export const READ_ONLY = "The key you signed in with can only read.";

/** Whether the key of this session may send webhooks and change things. Without a session this is not decided yet. */
export function canWrite(): boolean {
  return page.data.session?.key.scope !== "read";
}
