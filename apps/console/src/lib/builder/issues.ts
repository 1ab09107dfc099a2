import { segmentsOf } from "./json-path.ts";
import { edgeKey, type Draft } from "./draft.ts";

/** A mistake in a draft, as reported by core and the API. */
export interface DraftIssue {
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly fix?: string;
}

/** The node an issue belongs to: the one it points into, or an end of the edge it points at. Null for the document itself. */
export function nodeOfIssue(draft: Draft, issue: DraftIssue): string | null {
  const [part, key] = segmentsOf(issue.path);
  if (part === "nodes" && key !== undefined && Object.hasOwn(draft.nodes, key)) return key;
  if (part === "edges" && key !== undefined) {
    const edge = draft.edges[Number(key)];
    if (edge === undefined) return null;
    return [edge.from, edge.to].find((id) => Object.hasOwn(draft.nodes, id)) ?? null;
  }
  return null;
}

/** The edge an issue points at; null when it points at something else. */
export function edgeOfIssue(draft: Draft, issue: DraftIssue): string | null {
  const [part, key] = segmentsOf(issue.path);
  const edge = part === "edges" && key !== undefined ? draft.edges[Number(key)] : undefined;
  return edge === undefined ? null : edgeKey(edge);
}

/** Issues by the node they belong to; those of the document under the empty string. */
export function issuesByNode(draft: Draft, issues: readonly DraftIssue[]): ReadonlyMap<string, readonly DraftIssue[]> {
  const byNode = new Map<string, DraftIssue[]>();
  for (const issue of issues) {
    const id = nodeOfIssue(draft, issue) ?? "";
    const known = byNode.get(id);
    if (known === undefined) byNode.set(id, [issue]);
    else known.push(issue);
  }
  return byNode;
}

/** True when the issue is about this value or something inside it. */
export function isWithin(issue: DraftIssue, pointer: string): boolean {
  return issue.path === pointer || issue.path.startsWith(`${pointer}/`);
}
