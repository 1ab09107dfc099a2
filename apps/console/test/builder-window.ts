import type { Client } from "@meshhook/contract";
import type { WorkflowDefinition } from "@meshhook/core";
import type { Locator, Page } from "playwright-core";

/** A window in which the palette, the drawing and the panel stand side by side. */
export const DESK = { width: 1400, height: 900 };

/** The card of a node on the canvas. */
export function card(page: Page, id: string): Locator {
  return page.locator(`.svelte-flow__node[data-id="${id}"]`);
}

/** The draft that the server has. */
export async function storedDraft(client: Client, slug: string): Promise<WorkflowDefinition> {
  return (await client.getWorkflow({ workflow: slug })).definition as WorkflowDefinition;
}
