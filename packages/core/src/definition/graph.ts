import { didYouMean, type Issue, pointer, quote } from "../error/issue.ts";
import type { IssueCode } from "../error/issue-catalogue.ts";
import { type Link, topologicalOrder } from "../plan/order.ts";
import { isStart, START_TYPES, startName } from "../node/start-types.ts";
import { checkEdge, closedCycle, nodeAt, repeatedEdge } from "./edge-check.ts";
import { neighbours, reachable } from "./reach.ts";
import type { GraphPart } from "./graph-part.ts";
import type { ReadablePart } from "./readable-part.ts";

/**
 * Checks the nodes and edges of a graph: a webhook or a schedule in the workflow and none in the body of a loop, edges between known nodes and ports, no
 * cycle, nothing unreachable. An unreadable part may be what seems to be missing, so it is not reported as missing.
 */
export function checkGraph({ part, path, opener }: GraphPart): Issue[] {
  const issues: Issue[] = [];
  const report = (place: readonly (string | number)[], code: IssueCode, message: string, fix: string): void =>
    void issues.push({ path: pointer(...path, ...place), code, message, fix });
  const ids = Object.keys(part.nodes);
  const typeOf = (id: string): string => nodeAt(part, id)?.type ?? "";
  const starts = ids.filter((id) => isStart(typeOf(id)));
  let hasOneOfEach = false;
  if (opener === null) hasOneOfEach = checkStarts(starts, typeOf, part, report);
  else {
    for (const id of starts) {
      const fix = "Remove it: an iteration starts at the nodes that no edge leads to.";
      const message = `The ${startName(typeOf(id))} ${quote(id)} is in the body of ${quote(opener.id)}.`;
      report(["nodes", id], "webhook_in_loop", message, fix);
    }
  }
  const links = checkEdges(part, path, issues);
  checkCycles(ids, links, path, issues);
  if (part.hasAllEdges) checkJoins(ids, links, part, report);
  if (hasOneOfEach && part.hasAllEdges) {
    const from = starts.map((id) => `the ${startName(typeOf(id))} ${quote(id)}`).join(" or ");
    checkReach(starts, from, ids, links, report);
  }
  for (const id of Object.keys(part.layout)) {
    if (!Object.hasOwn(part.nodes, id)) {
      report(
        ["layout", id],
        "layout_unknown_node",
        `The layout has an entry for ${quote(id)}, which is not a node${didYouMean(id, ids) || "."}`,
        "Correct the id, or remove the entry.",
      );
    }
  }
  return issues;
}

/** Whether there is at least one start, and at most one of each type. */
function checkStarts(
  starts: readonly string[],
  typeOf: (id: string) => string,
  part: ReadablePart,
  report: Report,
): boolean {
  if (starts.length === 0 && part.hasAllNodes) {
    report(
      ["nodes"],
      "webhook_missing",
      "No node has the type webhook@1 or schedule@1.",
      `Add one, for example "hook": { "type": "webhook@1", "config": {} }.`,
    );
  }
  let hasOneOfEach = starts.length > 0;
  for (const type of START_TYPES) {
    const same = starts.filter((id) => typeOf(id) === type);
    for (const id of same.slice(1)) {
      hasOneOfEach = false;
      report(
        ["nodes", id],
        "webhook_several",
        `The nodes ${same.map(quote).join(" and ")} are all ${startName(type)}s.`,
        "Keep one of them.",
      );
    }
  }
  return hasOneOfEach;
}

type Report = (place: readonly (string | number)[], code: IssueCode, message: string, fix: string) => void;

function checkEdges(definition: ReadablePart, path: readonly string[], issues: Issue[]): Link[] {
  const seen = new Map<string, number>();
  const links: Link[] = [];
  for (const [index, edge] of definition.edges.entries()) {
    if (edge === null) continue;
    issues.push(...checkEdge(definition, edge, index).map((issue) => below(path, issue)));
    const { from, port = "out", to } = edge;
    const name = JSON.stringify([from, port, to]);
    const first = seen.get(name);
    if (first !== undefined) {
      issues.push(below(path, repeatedEdge(edge, index, first)));
      continue;
    }
    seen.set(name, index);
    if (nodeAt(definition, from) !== undefined && nodeAt(definition, to) !== undefined) links.push({ from, to, index });
  }
  return links;
}

/** An issue of an edge in the graph at `path`. */
function below(path: readonly string[], issue: Issue): Issue {
  return path.length === 0 ? issue : { ...issue, path: pointer(...path) + issue.path };
}

/** Reports every cycle with its path, at the edge that closes it. */
function checkCycles(ids: readonly string[], links: readonly Link[], path: readonly string[], issues: Issue[]): void {
  let left = links;
  for (;;) {
    const { rest } = topologicalOrder(ids, left, null);
    if (rest.size === 0) return;
    const cycle = findCycle(rest, left);
    const closing = cycle.at(-1);
    if (closing === undefined) return;
    issues.push(below(path, closedCycle([...cycle.map(({ from }) => from), closing.to], closing.index)));
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

/** Rotates a cycle so that it closes with the edge that comes last in the document: most likely the one that created the cycle. */
function closeWithLast(cycle: Link[]): Link[] {
  const last = cycle.reduce((latest, link, place) => (link.index > (cycle[latest]?.index ?? -1) ? place : latest), 0);
  return [...cycle.slice(last + 1), ...cycle.slice(0, last + 1)];
}

/** A join that asks for a choice needs edges to choose from. */
function checkJoins(ids: readonly string[], links: readonly Link[], part: ReadablePart, report: Report): void {
  const before = neighbours(links, "from");
  for (const id of ids) {
    const join = nodeAt(part, id)?.join ?? "all";
    if (join !== "any" && typeof join !== "number") continue;
    const edges = before.get(id)?.length ?? 0;
    const count = edges === 0 ? "no edge leads" : edges === 1 ? "only one edge leads" : `only ${edges} edges lead`;
    if (edges < 2) {
      const fix = `Remove the join, or add edges to ${quote(id)}.`;
      report(
        ["nodes", id, "join"],
        "join_impossible",
        `${quote(id)} has the join ${quote(join)}, but ${count} to it.`,
        fix,
      );
    } else if (typeof join === "number" && join > edges) {
      const message = `${quote(id)} waits for ${join} edges, but ${count} to it.`;
      report(["nodes", id, "join"], "join_impossible", message, `Use a number from 1 to ${edges}, all, or any.`);
    }
  }
}

function checkReach(
  starts: readonly string[],
  from: string,
  ids: readonly string[],
  links: readonly Link[],
  report: Report,
): void {
  const next = neighbours(links, "to");
  const reached = starts.map((start) => reachable(start, next));
  for (const id of ids) {
    if (!starts.includes(id) && !reached.some((one) => one.has(id))) {
      report(
        ["nodes", id],
        "node_unreachable",
        `No path leads from ${from} to ${quote(id)}.`,
        `Add an edge to ${quote(id)}, or remove it.`,
      );
    }
  }
}
