import { didYouMean, type Issue, pointer, quote } from "../error/issue.ts";
import type { IssueCode } from "../error/issue-catalogue.ts";
import type { FoundReferences } from "../node/config-reader.ts";
import type { Link } from "../plan/order.ts";
import type { WorkflowDefinition } from "./definition.ts";
import { reachable } from "./graph.ts";

const ROOTS = ["input", "headers", "query", "nodes", "run", "now"];
const MEMBERS = { nodes: ["output"], run: ["id", "startedAt"] } as const;

/** Checks what the expressions of one node refer to: names the scope has, and nodes that are decided by then. */
export function checkReferences(
  id: string,
  found: readonly FoundReferences[],
  definition: WorkflowDefinition,
  links: readonly Link[],
): Issue[] {
  const issues: Issue[] = [];
  let upstream: ReadonlySet<string> | null = null;
  for (const { path, text, references } of found) {
    const report = (code: IssueCode, message: string, fix: string): void =>
      void issues.push({ path: pointer(...path), code, message, fix });
    for (const root of references.roots) {
      if (ROOTS.includes(root)) continue;
      report(
        "reference_unknown_name",
        `${quote(text)} starts at ${quote(root)}, which the scope does not have${didYouMean(root, ROOTS) || "."}`,
        `Start at ${ROOTS.join(", ")}; the body is "input".`,
      );
    }
    for (const member of references.members) {
      const known = MEMBERS[member.of];
      if (known.some((name) => name === member.name)) continue;
      const prefix = member.path.slice(0, member.path.lastIndexOf("."));
      report(
        "reference_unknown_name",
        `${quote(text)} refers to ${member.path}, but ${prefix} has only ${known.join(" and ")}.`,
        `Write ${prefix}.${known[0]}${member.of === "nodes" ? `.${member.name}` : ""}.`,
      );
    }
    for (const node of references.nodes) {
      upstream ??= reachable(id, links, "from");
      if (!Object.hasOwn(definition.nodes, node)) {
        report(
          "reference_unknown_node",
          `${quote(text)} refers to nodes.${node}, which is no node${didYouMean(node, Object.keys(definition.nodes)) || "."}`,
          "Correct the id.",
        );
      } else if (!upstream.has(node) || node === id) {
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
        "Name what is needed, as in nodes.<id>.output.",
      );
    }
  }
  return issues;
}
