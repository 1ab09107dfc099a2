import { compareCodePoints } from "../expression/text.ts";

/** One edge between two known nodes, and its position in the document. */
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly index: number;
}

export interface TopologicalOrder {
  readonly ids: readonly string[];
  /** Nodes that cannot be ordered, because they are on a cycle or behind one. */
  readonly rest: ReadonlySet<string>;
}

/**
 * Orders nodes so that every edge leads forward.
 *
 * Among nodes that may come next, the root is first, then the smallest id by code point. The order therefore depends on the workflow, not
 * on how its document is written.
 */
export function topologicalOrder(ids: Iterable<string>, links: readonly Link[], root: string | null): TopologicalOrder {
  const waiting = new Map<string, number>();
  for (const id of ids) waiting.set(id, 0);
  const targets = new Map<string, string[]>();
  for (const { from, to } of links) {
    waiting.set(to, (waiting.get(to) ?? 0) + 1);
    const known = targets.get(from);
    if (known === undefined) targets.set(from, [to]);
    else known.push(to);
  }
  const before = (a: string, b: string): number => (a === root ? -1 : b === root ? 1 : compareCodePoints(a, b));
  const ready = [...waiting].filter(([, count]) => count === 0).map(([id]) => id);
  // Descending, so that the next node is taken from the end.
  ready.sort((a, b) => before(b, a));
  const ordered: string[] = [];
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    ordered.push(id);
    waiting.delete(id);
    for (const to of targets.get(id) ?? []) {
      const left = (waiting.get(to) ?? 0) - 1;
      waiting.set(to, left);
      if (left === 0) insert(ready, to, before);
    }
  }
  return { ids: ordered, rest: new Set(waiting.keys()) };
}

function insert(descending: string[], id: string, before: (a: string, b: string) => number): void {
  let at = descending.length;
  while (at > 0 && before(descending[at - 1] ?? "", id) < 0) at -= 1;
  descending.splice(at, 0, id);
}
