import type { Json } from "@meshhook/core";
import { isContainer } from "#lib/json-container.ts";

/** One line of a JSON value as a tree. */
export interface JsonRow {
  /** As an expression: `input.lines[0].sku`. Unique in its tree. */
  readonly path: string;
  /** The member's name or index; null for the whole value. */
  readonly name: string | null;
  readonly depth: number;
  readonly value: Json;
  readonly isOpen: boolean;
}

/** A container is initially open if it is near the top and small. */
const OPEN_BY_ITSELF = { depthMax: 2, membersMax: 50 } as const;

/** What the reader opened or closed, by path; all others are in their initial state. */
export type Choices = ReadonlyMap<string, boolean>;

/**
 * The visible lines of a value. Closed containers are not entered, so the cost depends only on what is open.
 *
 * @param root  The expression for the whole value, as in `nodes.send.output`.
 */
export function visibleRows(value: Json, root: string, choices: Choices): readonly JsonRow[] {
  const rows: JsonRow[] = [];
  addRows(rows, { value, path: root, name: null, depth: 0 }, choices);
  return rows;
}

function addRows(rows: JsonRow[], place: Omit<JsonRow, "isOpen">, choices: Choices): void {
  const count = memberCount(place.value);
  const isOpen =
    count > 0 &&
    (choices.get(place.path) ?? (place.depth < OPEN_BY_ITSELF.depthMax && count <= OPEN_BY_ITSELF.membersMax));
  rows.push({ ...place, isOpen });
  if (!isOpen) return;
  for (const [name, value] of membersOf(place.value)) {
    addRows(rows, { value, path: memberPath(place.path, name), name: String(name), depth: place.depth + 1 }, choices);
  }
}

/** How many members a container has; 0 for everything else. */
export function memberCount(value: Json): number {
  if (!isContainer(value)) return 0;
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

function membersOf(value: Json): readonly (readonly [string | number, Json])[] {
  if (!isContainer(value)) return [];
  return Array.isArray(value)
    ? (value as readonly Json[]).map((item, index) => [index, item] as const)
    : Object.entries(value);
}

function memberPath(parent: string, name: string | number): string {
  if (typeof name === "number") return `${parent}[${name}]`;
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `${parent}.${name}` : `${parent}.${JSON.stringify(name)}`;
}

/** How many values are searched before other work gets a turn: about 5 ms. */
const VALUES_PER_TURN = 20_000;

/**
 * The paths of members whose name or scalar value contains a text, in order.
 *
 * A generator, so that the page stays responsive: it yields null after every 20,000 values.
 */
export function* findPaths(value: Json, root: string, text: string): Generator<string | null> {
  const wanted = text.toLowerCase();
  const stack: (readonly [path: string, name: string, value: Json])[] = [[root, "", value]];
  let seen = 0;
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    const [path, name, here] = place;
    const isInner = isContainer(here);
    if (name.toLowerCase().includes(wanted) || (!isInner && String(here).toLowerCase().includes(wanted))) yield path;
    if (isInner) {
      for (const [member, inner] of membersOf(here).toReversed())
        stack.push([memberPath(path, member), typeof member === "number" ? "" : member, inner]);
    }
    seen += 1;
    if (seen % VALUES_PER_TURN === 0) yield null;
  }
}

/** The containers around a path that must be open for it to be visible, from `root` on. */
export function pathsAbove(path: string, root: string): readonly string[] {
  const above: string[] = [];
  const part = /\.[A-Za-z_][A-Za-z0-9_]*|\."(?:[^"\\]|\\.)*"|\[\d+\]/y;
  let at = root.length;
  while (at < path.length) {
    above.push(path.slice(0, at));
    part.lastIndex = at;
    if (part.exec(path) === null) break;
    at = part.lastIndex;
  }
  return above;
}
