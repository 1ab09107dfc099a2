import { api } from "../api.ts";
import { DOCUMENT } from "./first-workflow-document.ts";
import { FIRST_SLUG } from "./first-slug.ts";
import type { FirstWorkflow } from "./first-workflow.ts";

/** Creates and publishes the sample, with an endpoint. */
export async function makeFirstWorkflow(): Promise<FirstWorkflow> {
  await api.updateWorkflow({ workflow: FIRST_SLUG, body: { definition: DOCUMENT } });
  await api.publishWorkflow({ workflow: FIRST_SLUG });
  const endpoint = await api.createEndpoint({ body: { workflow: FIRST_SLUG, name: DOCUMENT.name } });
  return { workflow: await api.getWorkflow({ workflow: FIRST_SLUG }), endpoint };
}
