import { ExpressionSyntaxError } from "./expression-error.ts";
import { parseTree } from "./parse.ts";
import { type References, referencesOf } from "./references.ts";
import { parseTemplate } from "./template.ts";

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

/** Like `renameNodes`, in the holes of a template; the rest is text. */
export function renameNodesInTemplate(text: string, renamed: ReadonlyMap<string, string>): string {
  try {
    const { parts } = parseTemplate(text);
    return parts.map((part) => (typeof part === "string" ? part : `{{${renameNodes(part.text, renamed)}}}`)).join("");
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
