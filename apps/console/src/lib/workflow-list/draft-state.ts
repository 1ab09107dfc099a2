import type { WorkflowResource } from "@meshhook/contract";

/** What stands between a workflow's draft and what webhooks run. */
export type DraftState = "published" | "changed" | "unfinished" | "unpublished";

export const DRAFT_STATES: { readonly [State in DraftState]: { readonly label: string; readonly about: string } } = {
  published: { label: "published", about: "Webhooks run exactly this draft." },
  changed: { label: "unpublished changes", about: "The draft does something else than the version that webhooks run." },
  unfinished: {
    label: "unfinished changes",
    about: "The draft has issues; webhooks run the version published before.",
  },
  unpublished: { label: "draft only", about: "Nothing is published yet, so webhooks are refused." },
};

export function draftStateOf(
  workflow: Pick<WorkflowResource, "activeVersionId" | "draftHash" | "activeVersionHash">,
): DraftState {
  if (workflow.activeVersionId === null) return "unpublished";
  if (workflow.draftHash === null) return "unfinished";
  return workflow.draftHash === workflow.activeVersionHash ? "published" : "changed";
}
