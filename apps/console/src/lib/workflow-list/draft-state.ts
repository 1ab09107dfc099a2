import type { WorkflowSummary } from "@meshhook/contract";

/** The difference between a workflow's draft and the version that webhooks run, in words. */
export const DRAFT_STATES: {
  readonly [State in WorkflowSummary["draftState"]]: { readonly label: string; readonly about: string };
} = {
  published: { label: "Published", about: "Webhooks run exactly this draft." },
  changed: { label: "Unpublished changes", about: "The draft differs from the version that webhooks run." },
  new: { label: "Draft only", about: "Nothing is published yet, so webhooks are refused." },
};
