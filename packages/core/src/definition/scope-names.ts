import type { WorkflowDefinition } from "./definition.ts";
import { neighbours, reachable } from "./reach.ts";

/** Something that an expression may start with. */
export interface ScopeName {
  /** In full: `input`, `run.id`, `nodes.totals.output`. */
  readonly name: string;
  readonly description: string;
}

/** The names that every expression sees, whatever its node. Names below `nodes` depend on the node. */
export const SCOPE_ROOTS: ReadonlyMap<string, string> = new Map([
  ["input", "the delivery's body"],
  ["headers", "the headers that were kept, by lower-case name"],
  ["query", "the query parameters of the webhook's URL"],
  ["nodes", "the steps before this one, by id"],
  ["run", "the run itself"],
  ["now", "the time of the run's last fact, RFC 3339"],
]);

/** The members of `run` and of `nodes.<id>`. */
export const SCOPE_MEMBERS: { readonly [of in "nodes" | "run"]: ReadonlyMap<string, string> } = {
  nodes: new Map([["output", "the step's output; null when it was skipped"]]),
  run: new Map([
    ["id", "the run's id"],
    ["startedAt", "when the delivery was received, RFC 3339"],
  ]),
};

/**
 * Lists what an expression of a node may refer to: the names that validation allows, each in full. Nodes come in the document's order.
 *
 * The definition need not be valid. For an id that is not a node, the names are those that every expression sees.
 */
export function scopeNames(definition: WorkflowDefinition, nodeId: string): readonly ScopeName[] {
  const before = reachable(nodeId, neighbours(definition.edges, "from"));
  return Array.from(SCOPE_ROOTS, ([root, description]): readonly ScopeName[] => {
    if (root === "run") return membersOf("run", "run");
    if (root !== "nodes") return [{ name: root, description }];
    const ids = Object.keys(definition.nodes).filter((id) => before.has(id) && id !== nodeId);
    return ids.flatMap((id) => membersOf("nodes", `nodes.${id}`));
  }).flat();
}

function membersOf(of: "nodes" | "run", prefix: string): readonly ScopeName[] {
  return Array.from(SCOPE_MEMBERS[of], ([member, description]) => ({ name: `${prefix}.${member}`, description }));
}
