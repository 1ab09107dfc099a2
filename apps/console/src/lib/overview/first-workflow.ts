import type { EndpointResource, WorkflowResource } from "@meshhook/contract";

import { api } from "../api.ts";
import { FIRST_SLUG } from "./first-slug.ts";

/** What the first minute shows: a published workflow and where to send its webhook. */
export interface FirstWorkflow {
  readonly workflow: WorkflowResource;
  readonly endpoint: EndpointResource;
}

/** The sample of a new installation, or else any published workflow that accepts unsigned webhooks; null when there is none. */
export async function findFirstWorkflow(
  workflows: readonly { readonly id: string; readonly slug: string; readonly activeVersionId: string | null }[],
  endpoints: readonly EndpointResource[],
): Promise<FirstWorkflow | null> {
  const published = workflows.filter(({ activeVersionId }) => activeVersionId !== null);
  const inOrder = [...published.filter(({ slug }) => slug === FIRST_SLUG), ...published];
  for (const { id } of inOrder) {
    const endpoint = endpoints.find(({ workflowId, signature }) => workflowId === id && signature === "none");
    if (endpoint !== undefined) return { workflow: await api.getWorkflow({ workflow: id }), endpoint };
  }
  return null;
}
