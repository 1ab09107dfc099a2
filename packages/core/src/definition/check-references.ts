import { didYouMean, type Issue, pointer, quote } from "../error/issue.ts";
import type { IssueCode } from "../error/issue-catalogue.ts";
import type { FoundReferences } from "../node/config-reader.ts";
import type { GraphPart } from "./graph-part.ts";
import { ITERATION_ROOTS, SCOPE_MEMBERS, SCOPE_ROOTS } from "./scope-names.ts";

/**
 * Checks what the expressions of one node refer to: names that are in scope, and nodes that are decided by then. `scopeNames` lists the
 * valid ones.
 *
 * @param graph  The graph of the node.
 * @param inside  The body of the node, if it is a loop.
 * @param known  All nodes of the document.
 */
export function checkReferences(
  id: string,
  found: readonly FoundReferences[],
  {
    graph,
    inside,
    known,
  }: { readonly graph: GraphPart; readonly inside: GraphPart | null; readonly known: ReadonlySet<string> },
): Issue[] {
  const issues: Issue[] = [];
  for (const { path, text, references, isInBody, mayRefer, locals } of found) {
    const report = (code: IssueCode, message: string, fix: string): void =>
      void issues.push({ path: pointer(...path), code, message, fix });
    if (isInBody && inside === null) continue;
    const place = isInBody && inside !== null ? inside : graph;
    const { loops } = place;
    const roots = [...SCOPE_ROOTS.keys(), ...(loops.length === 0 ? [] : ITERATION_ROOTS.keys()), ...locals];
    for (const root of references.roots) {
      if (roots.includes(root)) continue;
      if (root === "secrets") {
        report(
          "secret_misplaced",
          `${quote(text)} uses a secret, ${mayRefer ? "but is more than its name" : "which only a request can hold"}.`,
          mayRefer
            ? "Let the secret be a hole of its own, as in Bearer {{ secrets.API_TOKEN }}: its value is not known before the request is sent."
            : "Use secrets in the URL, the query, the headers and the body of http_call and emit only.",
        );
        continue;
      }
      if (root === "links") {
        report(
          "link_misplaced",
          `${quote(text)} uses a link, ${mayRefer ? "but is more than its name" : "which only a request can hold"}.`,
          mayRefer
            ? "Let the link be a hole of its own, as in {{ links.approve.yes }}: it is not known before the request is sent."
            : "Use links in the query, the headers and the body of http_call and emit only.",
        );
        continue;
      }
      report(
        "reference_unknown_name",
        `${quote(text)} uses the name ${quote(root)}, which does not exist here${didYouMean(root, roots) || "."}`,
        meantLiteral(root, text) ??
          (ITERATION_ROOTS.has(root)
            ? `Only nodes in the body of a loop see ${quote(root)}.`
            : `Use ${roots.join(", ")}. The delivery's body is "input".`),
      );
    }
    for (const member of references.members) {
      const prefix = member.path.slice(0, member.path.lastIndexOf("."));
      const isLoop = member.of === "nodes" && loops.includes(prefix.slice("nodes.".length));
      const members = SCOPE_MEMBERS[isLoop ? "loops" : member.of];
      if (members.has(member.name)) continue;
      const names = [...members.keys()];
      report(
        "reference_unknown_name",
        `${quote(text)} refers to ${member.path}, but ${prefix} has only ${names.join(" and ")}${isLoop ? " while the loop goes on" : ""}.`,
        `Write ${prefix}.${names[0]}${member.of === "nodes" && !isLoop ? `.${member.name}` : ""}.`,
      );
    }
    const before = references.nodes.size === 0 ? null : place.stepsBefore(isInBody ? null : id);
    for (const node of references.nodes) {
      if (!known.has(node)) {
        report(
          "reference_unknown_node",
          `${quote(text)} refers to nodes.${node}, which does not exist${didYouMean(node, known) || "."}`,
          "Correct the id.",
        );
      } else if (!loops.includes(node) && before?.has(node) === false && (node === id || place.hasAllEdges)) {
        report(
          "reference_not_upstream",
          `${quote(text)} in ${quote(id)} refers to ${quote(node)}, which does not come before it.`,
          `Refer to a node on a path to ${quote(id)}, or add an edge.`,
        );
      }
    }
    if (references.usesWhole) {
      report(
        "reference_unbounded",
        `${quote(text)} uses the whole scope or all of "nodes" as a value.`,
        "Name the values that it needs, for example nodes.<id>.output.",
      );
    }
  }
  return issues;
}

/** How to write what looks like a literal, or like a name with a hyphen, to authors who come from another language; otherwise null. */
function meantLiteral(root: string, text: string): string | null {
  if (["true", "false", "null"].includes(root)) return `Write it between backticks: \`${root}\`.`;
  if (text.includes(JSON.stringify(root)))
    return `Write text between single quotes: '${root}'. Double quotes are for names of fields.`;
  if (text.includes(`-${root}`)) return 'Put names with hyphens between double quotes, as in headers."x-github-event".';
  return null;
}
