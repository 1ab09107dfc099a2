import { didYouMean, type Issue, pointer, quote } from "../error/issue.ts";
import { nodeTypes } from "../node/registry.ts";
import { isStart, startName } from "../node/start-types.ts";
import type { EdgeDefinition, NodeDefinition, WorkflowDefinition } from "./definition.ts";

type Nodes = Pick<WorkflowDefinition, "nodes">;

/** Checks an edge on its own: its nodes exist, its port exists, it does not lead to the webhook. */
export function checkEdge(definition: Nodes, edge: EdgeDefinition, index: number): Issue[] {
  const issues: Issue[] = [];
  for (const end of ["from", "to"] as const) {
    const id = edge[end];
    if (nodeAt(definition, id) !== undefined) continue;
    issues.push({
      path: pointer("edges", index, end),
      code: "edge_unknown_node",
      message: `The edge ${end === "from" ? "starts" : "ends"} at ${quote(id)}, which does not exist${didYouMean(id, Object.keys(definition.nodes)) || "."}`,
      fix: "Correct the id, or remove the edge.",
    });
  }
  const port = checkPort(definition, edge, index);
  if (port !== null) issues.push(port);
  const target = nodeAt(definition, edge.to);
  if (target !== undefined && isStart(target.type)) {
    issues.push({
      path: pointer("edges", index, "to"),
      code: "edge_into_webhook",
      message: `The edge from ${quote(edge.from)} ends at the ${startName(target.type)} ${quote(edge.to)}.`,
      fix: "Connect it to another node.",
    });
  }
  return issues;
}

function checkPort(definition: Nodes, { from, port = "out" }: EdgeDefinition, index: number): Issue | null {
  const node = nodeAt(definition, from);
  const nodeType = nodeTypes.get(node?.type ?? "");
  if (node === undefined || nodeType === undefined) return null;
  const ports = nodeType.ports(node.config);
  if (ports.length === 0) {
    return {
      path: pointer("edges", index, "from"),
      code: "edge_from_terminate",
      message: `The edge leaves ${quote(from)}, a ${nodeType.type} node, which ends the run.`,
      fix: "Remove the edge, or the node.",
    };
  }
  if (ports.includes(port)) return null;
  return {
    path: pointer("edges", index, "port"),
    code: "edge_unknown_port",
    message: `The node ${quote(from)} (${nodeType.type}) has no port ${quote(port)}${didYouMean(port, ports) || "."}`,
    fix: `Use one of ${ports.join(", ")}.`,
  };
}

/** The issue of an edge that repeats an earlier one. */
export function repeatedEdge({ from, port = "out", to }: EdgeDefinition, index: number, first: number): Issue {
  return {
    path: pointer("edges", index),
    code: "edge_duplicate",
    message: `The edge from ${quote(from)} (${port}) to ${quote(to)} repeats edge ${first}.`,
    fix: "Remove it.",
  };
}

/** The issue of the edge that closes a cycle. `path` starts and ends at the same node. */
export function closedCycle(path: readonly string[], index: number): Issue {
  return {
    path: pointer("edges", index),
    code: "cycle",
    message: `The edges form a cycle: ${path.join(" → ")}.`,
    fix: "Remove one of these edges.",
  };
}

/** The node of an id; undefined when there is none, even for names that every object inherits. */
export function nodeAt(definition: Nodes, id: string): NodeDefinition | undefined {
  return Object.hasOwn(definition.nodes, id) ? definition.nodes[id] : undefined;
}
