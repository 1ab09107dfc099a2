import { ExpressionSyntaxError } from "./expression-error.ts";
import { parseTree } from "./parse.ts";
import { type References, referencesOf } from "./references.ts";
import { templateHoles } from "./template.ts";

/** Text in quotes or backquotes, which refers to nothing, and ids after `nodes.`, unless that is a member of something else. */
const PARTS =
  /('(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)|((?<![\w."])(?:[@$]\s*\.\s*)?nodes\s*\.\s*)(?:"([a-z][a-z0-9_]*)"|([a-z][a-z0-9_]*)(?!\w))/g;

/**
 * Replaces the ids of nodes in an expression, as for a copy of the nodes.
 *
 * `referencesOf` checks the references before and after. An expression is left unchanged if it cannot be read, if a reference would
 * be missed, or if a text would change.
 */
export function renameNodes(text: string, renamed: ReadonlyMap<string, string>): string {
  const before = readReferences(text);
  if (before === null || ![...before.nodes].some((id) => renamed.has(id))) return text;
  const changed = text.replaceAll(
    PARTS,
    (whole, quoted?: string, start?: string, inQuotes?: string, plain?: string) => {
      const fresh = quoted === undefined ? renamed.get(inQuotes ?? plain ?? "") : undefined;
      return fresh === undefined ? whole : `${start}${fresh}`;
    },
  );
  const wanted = new Set([...before.nodes].map((id) => renamed.get(id) ?? id));
  const after = readReferences(changed);
  return after !== null && isSame(after.nodes, wanted) ? changed : text;
}

/** What stands around the expression in a tag that opens a block: `#each lines as line`. */
const TAG = /^(\s*#(?:each|if)\s+)([^]*?)(\s+as\s+[A-Za-z_]\w*\s*|\s*)$/;

/** Like `renameNodes`, in the holes and blocks of a template; the rest is text. */
export function renameNodesInTemplate(text: string, renamed: ReadonlyMap<string, string>): string {
  try {
    let result = "";
    let done = 0;
    for (const { start, end } of templateHoles(text)) {
      const hole = text.slice(start, end);
      const [, before = "", expression = hole, after = ""] = TAG.exec(hole) ?? [];
      result += text.slice(done, start) + before + renameNodes(expression, renamed) + after;
      done = end;
    }
    return result + text.slice(done);
  } catch (error) {
    if (error instanceof ExpressionSyntaxError) return text;
    throw error;
  }
}

function readReferences(text: string): References | null {
  try {
    return referencesOf(parseTree(text));
  } catch (error) {
    if (error instanceof ExpressionSyntaxError) return null;
    throw error;
  }
}

function isSame(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return left.size === right.size && [...left].every((id) => right.has(id));
}
