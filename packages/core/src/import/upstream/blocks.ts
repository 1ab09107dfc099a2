import { atom, below } from "../jmes.ts";
import { overScope, type Root } from "./text.ts";

const HOLE = /\{\{(.*?)\}\}/gs;

/** Positions inside of a block, counted from 0 or from 1. */
const POSITIONS: ReadonlyMap<string, string> = new Map([
  ["@index", "index"],
  ["@index0", "index"],
  ["@index1", "index + `1`"],
]);

/** A text with `{{#each path}}` blocks as the text of a template node; null where it has none, or where they do not match. */
export function blocksOverScope(text: string, root: Root): string | null {
  let [isInside, hasBlocks, isBroken] = [false, false, false];
  const item: Root = (path) => below(atom("item"), path);
  const result = text.replaceAll(HOLE, (_, hole: string) => {
    const trimmed = hole.trim();
    const list = /^#each\s+(.+)$/s.exec(trimmed)?.[1];
    if (list !== undefined) {
      // They do not nest.
      isBroken ||= isInside;
      [isInside, hasBlocks] = [true, true];
      return `{{#each ${overScope(list, root).text}}}`;
    }
    if (trimmed === "/each") {
      isBroken ||= !isInside;
      isInside = false;
      return "{{/each}}";
    }
    if (!isInside) return `{{ ${overScope(trimmed, root).text} }}`;
    const position = POSITIONS.get(trimmed);
    if (position !== undefined) return `{{ ${position} }}`;
    const path = trimmed === "this" ? "@" : trimmed.replace(/^this\./, "");
    return `{{ ${overScope(path, item).text} }}`;
  });
  return hasBlocks && !isInside && !isBroken ? result : null;
}
