import type { EdgeDefinition, Json, JsonObject, NodeDefinition } from "@meshhook/core";

import { idsOf, isSameJson, membersOfNode } from "./changes.ts";
import { edgeKey, type Draft } from "./draft.ts";

export interface Merged {
  readonly draft: Draft;
  /** What both changed in different ways, as in `shape · label`; empty when the merge loses nothing. */
  readonly conflicts: readonly string[];
}

/** Merges the changes of both to one draft. If they conflict, mine is kept and the place is named. */
export function mergeDrafts(base: Draft, mine: Draft, theirs: Draft): Merged {
  const conflicts: string[] = [];
  const pick = <T>(place: string, before: T, left: T, right: T): T => {
    if (isSameJson(left, right) || isSameJson(before, right)) return left;
    if (isSameJson(before, left)) return right;
    conflicts.push(place);
    return left;
  };
  const nodes: { [id: string]: NodeDefinition } = {};
  for (const id of idsOf(mine, theirs, base)) {
    const [before, left, right] = [base.nodes[id], mine.nodes[id], theirs.nodes[id]];
    const node =
      before !== undefined && left !== undefined && right !== undefined
        ? mergedNode(id, before, left, right, pick)
        : pick(id, before, left, right);
    if (node !== undefined) nodes[id] = node;
  }
  const about = Object.fromEntries(
    (["name", "description", "input"] as const).flatMap((field) => {
      const value = pick(field, base[field], mine[field], theirs[field]);
      return value === undefined ? [] : [[field, value]];
    }),
  ) as Partial<Draft>;
  const { name: _name, description: _description, input: _input, ...rest } = mine;
  const layout = { ...theirs.layout, ...mine.layout };
  return {
    draft: {
      ...rest,
      ...about,
      nodes,
      edges: mergedEdges(base.edges, mine.edges, theirs.edges),
      ...(Object.keys(layout).length === 0 ? {} : { layout }),
    },
    conflicts,
  };
}

type Pick = <T>(place: string, before: T, left: T, right: T) => T;

function mergedNode(
  id: string,
  before: NodeDefinition,
  left: NodeDefinition,
  right: NodeDefinition,
  pick: Pick,
): NodeDefinition {
  const [base, mine, theirs] = [membersOfNode(before), membersOfNode(left), membersOfNode(right)];
  const config: { [name: string]: Json } = {};
  let { type, label } = left;
  for (const member of new Set([...mine.keys(), ...theirs.keys(), ...base.keys()])) {
    const value = pick(
      `${id} · ${member.replace("config.", "")}`,
      base.get(member),
      mine.get(member),
      theirs.get(member),
    );
    if (member === "type") type = String(value);
    else if (member === "label") label = value === undefined ? undefined : String(value);
    else if (value !== undefined) config[member.slice("config.".length)] = value;
  }
  return { type, ...(label === undefined ? {} : { label }), config: config satisfies JsonObject };
}

/** An edge that both have or one has drawn is kept; an edge that one has removed is dropped. */
function mergedEdges(
  base: readonly EdgeDefinition[],
  mine: readonly EdgeDefinition[],
  theirs: readonly EdgeDefinition[],
): readonly EdgeDefinition[] {
  const [before, left, right] = [base, mine, theirs].map((edges) => new Set(edges.map(edgeKey))) as [
    Set<string>,
    Set<string>,
    Set<string>,
  ];
  const kept = mine.filter((edge) => right.has(edgeKey(edge)) || !before.has(edgeKey(edge)));
  const added = theirs.filter((edge) => !left.has(edgeKey(edge)) && !before.has(edgeKey(edge)));
  return [...kept, ...added];
}
