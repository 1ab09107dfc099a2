import { edgeKey, type Draft } from "./draft.ts";

/** What one draft has that another has not, by node id and edge. */
export interface Difference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** With the parts that differ: "type", "config", "label". */
  readonly changed: readonly { readonly id: string; readonly parts: readonly string[] }[];
  readonly edgesAdded: readonly string[];
  readonly edgesRemoved: readonly string[];
  /** Fields of the document itself. */
  readonly about: readonly string[];
}

/** Compares what two documents do and say; where nodes stand does not count. */
export function differenceOf(before: Draft, after: Draft): Difference {
  const has = (draft: Draft, id: string): boolean => Object.hasOwn(draft.nodes, id);
  const edgesBefore = new Set(before.edges.map(edgeKey));
  const edgesAfter = new Set(after.edges.map(edgeKey));
  return {
    added: Object.keys(after.nodes).filter((id) => !has(before, id)),
    removed: Object.keys(before.nodes).filter((id) => !has(after, id)),
    changed: Object.keys(after.nodes).flatMap((id) => {
      const [old, now] = [before.nodes[id], after.nodes[id]];
      if (!has(before, id) || old === undefined || now === undefined || old === now) return [];
      const parts = (["type", "config", "label"] as const).filter((part) => !isSame(old[part], now[part]));
      return parts.length === 0 ? [] : [{ id, parts }];
    }),
    edgesAdded: [...edgesAfter].filter((key) => !edgesBefore.has(key)),
    edgesRemoved: [...edgesBefore].filter((key) => !edgesAfter.has(key)),
    about: (["slug", "name", "description", "input"] as const).filter((field) => !isSame(before[field], after[field])),
  };
}

export function isDifferent(difference: Difference): boolean {
  return Object.values<readonly unknown[]>({ ...difference }).some((list) => list.length > 0);
}

/** Equal as JSON, whatever the order of keys. */
function isSame(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left, sortedKeys) === JSON.stringify(right, sortedKeys);
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
