import { readFile } from "node:fs/promises";

/** The workflows that scenarios run. */
export type WorkflowName = "pure" | "one-call";

/**
 * The workflow document of a scenario: its own slug, so that every run of the scenario and no other belongs to it, and the sink's
 * address in place of the one in the file (port 9, where nobody listens).
 */
export async function workflowDocument(name: WorkflowName, scenario: string, sinkPort: number): Promise<object> {
  const text = await readFile(new URL(`./${name}.json`, import.meta.url), "utf8");
  const document = JSON.parse(text.replace("http://127.0.0.1:9/", `http://127.0.0.1:${String(sinkPort)}/`)) as object;
  return { ...document, slug: `bench-${scenario}` };
}
