/** Whether a workflow matches the typed words: every word occurs in its name or slug, in any order and case. */
export function matchesFilter(workflow: { readonly name: string; readonly slug: string }, typed: string): boolean {
  const text = `${workflow.name} ${workflow.slug}`.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
