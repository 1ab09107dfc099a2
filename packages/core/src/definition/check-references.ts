import { didYouMean, type Issue, pointer, quote } from "../error/issue.ts";
import type { IssueCode } from "../error/issue-catalogue.ts";
import type { FoundReferences } from "../node/config-reader.ts";
import { type Neighbours, shortestPath } from "./reach.ts";
import type { ReadablePart } from "./readable-part.ts";
import { SCOPE_MEMBERS, SCOPE_ROOTS } from "./scope-names.ts";

/**
 * Checks what the expressions of one node refer to: names that are in scope, and nodes that are decided by then. `scopeNames` lists the
 * valid ones.
 *
 * @param before  The nodes that come before each node directly.
 */
export function checkReferences(
  id: string,
  found: readonly FoundReferences[],
  definition: ReadablePart,
  before: Neighbours,
): Issue[] {
  const issues: Issue[] = [];
  for (const { path, text, references } of found) {
    const report = (code: IssueCode, message: string, fix: string): void =>
      void issues.push({ path: pointer(...path), code, message, fix });
    for (const root of references.roots) {
      if (SCOPE_ROOTS.has(root)) continue;
      const roots = [...SCOPE_ROOTS.keys()];
      report(
        "reference_unknown_name",
        `${quote(text)} uses the name ${quote(root)}, which does not exist here${didYouMean(root, roots) || "."}`,
        meantLiteral(root, text) ?? `Use ${roots.join(", ")}. The delivery's body is "input".`,
      );
    }
    for (const member of references.members) {
      if (SCOPE_MEMBERS[member.of].has(member.name)) continue;
      const known = [...SCOPE_MEMBERS[member.of].keys()];
      const prefix = member.path.slice(0, member.path.lastIndexOf("."));
      report(
        "reference_unknown_name",
        `${quote(text)} refers to ${member.path}, but ${prefix} has only ${known.join(" and ")}.`,
        `Write ${prefix}.${known[0]}${member.of === "nodes" ? `.${member.name}` : ""}.`,
      );
    }
    for (const node of references.nodes) {
      if (!Object.hasOwn(definition.nodes, node)) {
        report(
          "reference_unknown_node",
          `${quote(text)} refers to nodes.${node}, which does not exist${didYouMean(node, Object.keys(definition.nodes)) || "."}`,
          "Correct the id.",
        );
      } else if (node === id || (definition.hasAllEdges && shortestPath(id, node, before) === null)) {
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
