/** The repository's examples, each loaded when it is chosen. */
const documents = import.meta.glob<string>("../../../../../examples/*/workflow.{json,yaml}", {
  query: "?raw",
  import: "default",
});

/** Workflows to start from. */
export const EXAMPLES = [
  {
    slug: "order-gate",
    title: "Order gate",
    about: "Adds up an order, branches and ends. Calls no other service.",
  },
  {
    slug: "github-issue-to-crm",
    title: "GitHub issue to CRM",
    about: "One HTTP call with retries, and its error port.",
  },
  {
    slug: "delayed-follow-up",
    title: "Delayed follow-up",
    about: "A durable wait, then a call that is made at most once.",
  },
] as const;

/** An example's document as text; null when there is none with that name. */
export async function exampleText(slug: string): Promise<string | null> {
  const [, load] = Object.entries(documents).find(([path]) => path.includes(`/${slug}/`)) ?? [];
  return load === undefined ? null : load();
}
