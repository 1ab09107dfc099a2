import { ExactNumber, type Json, type JsonArray, type JsonObject } from "@meshhook/core";

/** One line of a JSON value as a tree. */
export interface JsonRow {
  /** As an expression: `input.lines[0].sku`. Unique in its tree. */
  readonly path: string;
  /** The member's name or index; null for the whole. */
  readonly name: string | null;
  readonly depth: number;
  readonly value: Json;
  readonly isOpen: boolean;
}

/** A container opens by itself when it is near the top and small. */
const OPEN_BY_ITSELF = { depthMax: 2, membersMax: 50 } as const;

/** What a reader opened or closed, by path; everything else is as it opens by itself. */
export type Choices = ReadonlyMap<string, boolean>;

/**
 * The lines that are to be seen of a value. Closed containers are not entered, so a value of any size costs what is open of it.
 *
 * @param root  The expression that names the whole, as in `nodes.send.output`.
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

/** Says whether a value has members, or could have: an array or an object. A number that keeps its digits is an object only to JavaScript. */
export function isContainer(value: Json): value is JsonArray | JsonObject {
  return typeof value === "object" && value !== null && !(value instanceof ExactNumber);
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

/** Looks at so many values before it lets others work: about 5 ms. */
const VALUES_PER_TURN = 20_000;

/**
 * The paths of members whose name or scalar value holds a text, in order.
 *
 * A generator, so that the caller can let the page breathe: it yields null after every 20,000 values.
 */
export function* findPaths(value: Json, root: string, text: string): Generator<string | null> {
  const wanted = text.toLowerCase();
  const stack: (readonly [path: string, name: string, value: Json])[] = [[root, "", value]];
  let seen = 0;
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    const [path, name, here] = place;
    if (name.toLowerCase().includes(wanted) || (!isContainer(here) && String(here).toLowerCase().includes(wanted)))
      yield path;
    if (isContainer(here)) {
      for (const [member, inner] of membersOf(here).toReversed())
        stack.push([memberPath(path, member), typeof member === "number" ? "" : member, inner]);
    }
    seen += 1;
    if (seen % VALUES_PER_TURN === 0) yield null;
  }
}

/** The containers around a path that must be open for it to be seen, from `root` on. */
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
