import { didYouMean, type Issue, pointer, quote } from "../error/issue.ts";
import type { IssueCode } from "../error/issue-catalogue.ts";
import { nodeTypes } from "../node/registry.ts";
import { type Link, topologicalOrder } from "../plan/order.ts";
import type { WorkflowDefinition } from "./definition.ts";

/** What the edges say, as far as they make sense. */
export interface Graph {
  readonly links: readonly Link[];
  readonly issues: readonly Issue[];
}

/** Checks nodes and edges as a graph: one webhook, edges between known nodes and ports, no cycle, nothing unreachable. */
export function checkGraph(definition: WorkflowDefinition): Graph {
  const issues: Issue[] = [];
  const report = (path: string, code: IssueCode, message: string, fix: string): void =>
    void issues.push({ path, code, message, fix });
  const ids = Object.keys(definition.nodes);
  const webhooks = ids.filter((id) => typeOf(definition, id) === "webhook@1");
  if (webhooks.length === 0) {
    report(
      "/nodes",
      "webhook_missing",
      "No node has the type webhook@1.",
      `Add one, as in "hook": { "type": "webhook@1", "config": {} }.`,
    );
  }
  for (const id of webhooks.slice(1)) {
    report(
      pointer("nodes", id),
      "webhook_several",
      `The nodes ${webhooks.map(quote).join(" and ")} are all webhooks.`,
      "Keep one of them.",
    );
  }
  const links = checkEdges(definition, report);
  checkCycles(ids, links, report);
  const [root, second] = webhooks;
  if (root !== undefined && second === undefined) checkReach(root, ids, links, report);
  for (const id of Object.keys(definition.layout ?? {})) {
    if (!Object.hasOwn(definition.nodes, id)) {
      report(
        pointer("layout", id),
        "layout_unknown_node",
        `The layout places ${quote(id)}, which is no node${didYouMean(id, ids) || "."}`,
        "Correct the id, or remove the entry.",
      );
    }
  }
  return { links, issues };
}

type Report = (path: string, code: IssueCode, message: string, fix: string) => void;

function typeOf(definition: WorkflowDefinition, id: string): string | undefined {
  return Object.hasOwn(definition.nodes, id) ? definition.nodes[id]?.type : undefined;
}

function checkEdges(definition: WorkflowDefinition, report: Report): Link[] {
  const ids = Object.keys(definition.nodes);
  const seen = new Map<string, number>();
  const links: Link[] = [];
  for (const [index, { from, port = "out", to }] of definition.edges.entries()) {
    const unknown = (["from", "to"] as const).filter(
      (end) => typeOf(definition, end === "from" ? from : to) === undefined,
    );
    for (const end of unknown) {
      const id = end === "from" ? from : to;
      report(
        pointer("edges", index, end),
        "edge_unknown_node",
        `The edge ${end === "from" ? "starts" : "ends"} at ${quote(id)}, which is no node${didYouMean(id, ids) || "."}`,
        "Correct the id, or remove the edge.",
      );
    }
    checkPort(definition, index, report);
    if (typeOf(definition, to) === "webhook@1") {
      report(
        pointer("edges", index, "to"),
        "edge_into_webhook",
        `The edge from ${quote(from)} ends at the webhook ${quote(to)}.`,
        "Let it end at another node.",
      );
    }
    const name = JSON.stringify([from, port, to]);
    const first = seen.get(name);
    if (first !== undefined) {
      report(
        pointer("edges", index),
        "edge_duplicate",
        `The edge from ${quote(from)} (${port}) to ${quote(to)} repeats edge ${first}.`,
        "Remove it.",
      );
      continue;
    }
    seen.set(name, index);
    if (unknown.length === 0) links.push({ from, to, index });
  }
  return links;
}

function checkPort(definition: WorkflowDefinition, index: number, report: Report): void {
  const { from, port = "out" } = definition.edges[index] ?? { from: "" };
  const node = Object.hasOwn(definition.nodes, from) ? definition.nodes[from] : undefined;
  const nodeType = nodeTypes.get(node?.type ?? "");
  if (node === undefined || nodeType === undefined) return;
  const ports = nodeType.ports(node.config);
  if (ports.length === 0) {
    report(
      pointer("edges", index, "from"),
      "edge_from_terminate",
      `The edge leaves ${quote(from)}, a ${nodeType.type} node, which ends the run.`,
      "Remove the edge, or the node.",
    );
  } else if (!ports.includes(port)) {
    report(
      pointer("edges", index, "port"),
      "edge_unknown_port",
      `The node ${quote(from)} (${nodeType.type}) has no port ${quote(port)}${didYouMean(port, ports) || "."}`,
      `Use one of ${ports.join(", ")}.`,
    );
  }
}

/** Reports cycles until none is left: each with its path, at the edge that closes it. */
function checkCycles(ids: readonly string[], links: readonly Link[], report: Report): void {
  let left = links;
  for (;;) {
    const { rest } = topologicalOrder(ids, left, null);
    if (rest.size === 0) return;
    const cycle = findCycle(rest, left);
    const closing = cycle.at(-1);
    if (closing === undefined) return;
    const path = [...cycle.map(({ from }) => from), closing.to];
    report(
      pointer("edges", closing.index),
      "cycle",
      `The edges form a cycle: ${path.join(" → ")}.`,
      "Remove one edge of it.",
    );
    left = left.filter((link) => link !== closing);
  }
}

/** Walks backwards, which cannot end outside a cycle: every node of `rest` has an edge from another one of `rest`. */
function findCycle(rest: ReadonlySet<string>, links: readonly Link[]): Link[] {
  const incoming = new Map<string, Link>();
  for (const link of links) {
    if (rest.has(link.from) && rest.has(link.to) && !incoming.has(link.to)) incoming.set(link.to, link);
  }
  const walked: Link[] = [];
  const places = new Map<string, number>();
  let [id] = rest;
  while (id !== undefined) {
    const place = places.get(id);
    if (place !== undefined) return closeWithLast(walked.slice(place).reverse());
    places.set(id, walked.length);
    const link = incoming.get(id);
    if (link === undefined) return [];
    walked.push(link);
    id = link.from;
  }
  return [];
}

/** Turns a cycle so that it closes with the edge that stands last in the document: most likely the one that made it. */
function closeWithLast(cycle: Link[]): Link[] {
  const last = cycle.reduce((latest, link, place) => (link.index > (cycle[latest]?.index ?? -1) ? place : latest), 0);
  return [...cycle.slice(last + 1), ...cycle.slice(0, last + 1)];
}

function checkReach(root: string, ids: readonly string[], links: readonly Link[], report: Report): void {
  const reached = reachable(root, links, "to");
  for (const id of ids) {
    if (id !== root && !reached.has(id)) {
      report(
        pointer("nodes", id),
        "node_unreachable",
        `No path leads from the webhook ${quote(root)} to ${quote(id)}.`,
        `Add an edge to ${quote(id)}, or remove it.`,
      );
    }
  }
}

/** All nodes that follow (`to`) or come before (`from`) a node, without the node itself unless it is on a cycle. */
export function reachable(start: string, links: readonly Link[], direction: "from" | "to"): Set<string> {
  const next = new Map<string, string[]>();
  for (const link of links) {
    const here = direction === "to" ? link.from : link.to;
    const known = next.get(here);
    if (known === undefined) next.set(here, [link[direction]]);
    else known.push(link[direction]);
  }
  const found = new Set<string>();
  const pending = [...(next.get(start) ?? [])];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    pending.push(...(next.get(id) ?? []));
  }
  return found;
}
