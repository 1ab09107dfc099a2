/** The nodes next to each node, in one direction. */
export type Neighbours = ReadonlyMap<string, readonly string[]>;

interface Ends {
  readonly from: string;
  readonly to: string;
}

/** Which nodes follow (`to`) or come before (`from`) each node directly. */
export function neighbours(edges: readonly Ends[], direction: "from" | "to"): Neighbours {
  const next = new Map<string, string[]>();
  for (const edge of edges) {
    const here = direction === "to" ? edge.from : edge.to;
    const known = next.get(here);
    if (known === undefined) next.set(here, [edge[direction]]);
    else known.push(edge[direction]);
  }
  return next;
}

/** All nodes that can be reached from a node, without the node itself unless it is on a cycle. */
export function reachable(start: string, next: Neighbours): Set<string> {
  const found = new Set<string>();
  const pending = [...(next.get(start) ?? [])];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    for (const neighbour of next.get(id) ?? []) if (!found.has(neighbour)) pending.push(neighbour);
  }
  return found;
}

/** A shortest path from one node to another, including both; null when there is none. */
export function shortestPath(start: string, end: string, next: Neighbours): readonly string[] | null {
  const cameFrom = new Map<string, string | null>([[start, null]]);
  // A map keeps its order, and the loop also visits entries added during it, so it works as a queue.
  for (const id of cameFrom.keys()) {
    if (id === end) return backwards(end, cameFrom);
    for (const neighbour of next.get(id) ?? []) if (!cameFrom.has(neighbour)) cameFrom.set(neighbour, id);
  }
  return null;
}

function backwards(end: string, cameFrom: ReadonlyMap<string, string | null>): readonly string[] {
  const path: string[] = [];
  for (let id: string | null = end; id !== null; id = cameFrom.get(id) ?? null) path.push(id);
  return path.reverse();
}
