import type { WorkflowDefinition } from "./definition.ts";
import { graphsOf } from "./graph-part.ts";
import { wholeOf } from "./readable-part.ts";

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

/** The names that expressions in the body of a loop see besides. */
export const ITERATION_ROOTS: ReadonlyMap<string, string> = new Map([
  ["item", "the item of this iteration of the innermost loop"],
  ["index", "the number of this iteration, from 0"],
]);

/** The members of `run`, of `nodes.<id>`, and of `nodes.<id>` for a loop around the node. */
export const SCOPE_MEMBERS: { readonly [of in "nodes" | "run" | "loops"]: ReadonlyMap<string, string> } = {
  loops: new Map([
    ["item", "the item of the loop's current iteration"],
    ["index", "the number of the loop's current iteration, from 0"],
  ]),
  nodes: new Map([["output", "the step's output; null when it was skipped or has not ended yet"]]),
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
  const graphs = graphsOf(wholeOf(definition));
  const graph = graphs.find(({ part }) => Object.hasOwn(part.nodes, nodeId));
  const before = graph?.stepsBefore(nodeId) ?? new Set();
  const loops = graph?.loops ?? [];
  const names = Array.from(SCOPE_ROOTS, ([root, description]): readonly ScopeName[] => {
    if (root === "run") return membersOf("run", "run");
    if (root !== "nodes") return [{ name: root, description }];
    return graphs.flatMap(({ part }) =>
      Object.keys(part.nodes).flatMap((id) => {
        if (loops.includes(id)) return membersOf("loops", `nodes.${id}`);
        return before.has(id) ? membersOf("nodes", `nodes.${id}`) : [];
      }),
    );
  }).flat();
  if (loops.length === 0) return names;
  return [...Array.from(ITERATION_ROOTS, ([name, description]) => ({ name, description })), ...names];
}

function membersOf(of: keyof typeof SCOPE_MEMBERS, prefix: string): readonly ScopeName[] {
  return Array.from(SCOPE_MEMBERS[of], ([member, description]) => ({ name: `${prefix}.${member}`, description }));
}
