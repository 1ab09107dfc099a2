import type { Json, NodeDefinition } from "@meshhook/core";
import { isContainer } from "#lib/json-container.ts";

import { edgeKey, nameOf, type Draft } from "./draft.ts";

/** One difference between two drafts, in words, with both values if there are any. */
export interface Change {
  readonly kind: "added" | "removed" | "changed";
  /** As in `Add up · expression`. */
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
}

const VALUE_LENGTH_MAX = 80;
const ABOUT = ["name", "description", "input"] as const;

/** The changes to a draft, without the positions of nodes. */
export function changesBetween(before: Draft, after: Draft): readonly Change[] {
  const changes: Change[] = [];
  for (const field of ABOUT) {
    if (!isSameJson(before[field], after[field]))
      changes.push(changeOf(`Workflow · ${field === "input" ? "sample" : field}`, before[field], after[field]));
  }
  for (const id of idsOf(before, after)) {
    const [old, now] = [before.nodes[id], after.nodes[id]];
    if (old === undefined && now !== undefined) changes.push(nodeChange("added", after, id));
    else if (old !== undefined && now === undefined) changes.push(nodeChange("removed", before, id));
    else if (old !== undefined && now !== undefined) changes.push(...memberChanges(nameOf(before, id), old, now));
  }
  const [edgesBefore, edgesAfter] = [edgesOf(before), edgesOf(after)];
  for (const [key, what] of edgesAfter)
    if (!edgesBefore.has(key)) changes.push({ kind: "added", what, before: null, after: null });
  for (const [key, what] of edgesBefore)
    if (!edgesAfter.has(key)) changes.push({ kind: "removed", what, before: null, after: null });
  return changes;
}

/** The parts of a node that change separately: its type, its label, each field of its config. */
export function membersOfNode({ type, label, config }: NodeDefinition): ReadonlyMap<string, Json> {
  return new Map<string, Json>([
    ["type", type],
    ...(label === undefined ? [] : ([["label", label]] as const)),
    ...Object.entries(config).map(([name, value]) => [`config.${name}`, value] as const),
  ]);
}

export function idsOf(...drafts: readonly Draft[]): readonly string[] {
  return [...new Set(drafts.flatMap(({ nodes }) => Object.keys(nodes)))];
}

/** Equal as JSON, whatever the order of keys. */
export function isSameJson(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left, sortedKeys) === JSON.stringify(right, sortedKeys);
}

function memberChanges(name: string, old: NodeDefinition, now: NodeDefinition): readonly Change[] {
  if (old === now) return [];
  const [before, after] = [membersOfNode(old), membersOfNode(now)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((member) => {
    const [left, right] = [before.get(member), after.get(member)];
    return isSameJson(left, right) ? [] : [changeOf(`${name} · ${member.replace("config.", "")}`, left, right)];
  });
}

function changeOf(what: string, before: unknown, after: unknown): Change {
  const kind = before === undefined ? "added" : after === undefined ? "removed" : "changed";
  return { kind, what, before: brief(before), after: brief(after) };
}

function nodeChange(kind: "added" | "removed", draft: Draft, id: string): Change {
  return { kind, what: `${nameOf(draft, id)} (node ${id})`, before: null, after: null };
}

function edgesOf(draft: Draft): ReadonlyMap<string, string> {
  return new Map(
    draft.edges.map((edge) => {
      const port = edge.port === undefined || edge.port === "out" ? "" : ` (${edge.port})`;
      return [edgeKey(edge), `Edge ${nameOf(draft, edge.from)}${port} → ${nameOf(draft, edge.to)}`];
    }),
  );
}

function brief(value: unknown): string | null {
  if (value === undefined) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= VALUE_LENGTH_MAX ? text : `${text.slice(0, VALUE_LENGTH_MAX - 1)}…`;
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (!isContainer(value) || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
