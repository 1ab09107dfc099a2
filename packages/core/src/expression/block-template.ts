import { ExpressionSyntaxError } from "./expression-error.ts";
import type { Expression } from "./index.ts";
import { parseExpression } from "./parse.ts";
import { templateHoles } from "./template.ts";

/** A piece of a text with blocks. */
export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "hole"; readonly expression: Expression }
  | {
      readonly kind: "if";
      readonly condition: Expression;
      readonly body: readonly TemplatePart[];
      readonly otherwise: readonly TemplatePart[];
    }
  | {
      readonly kind: "each";
      readonly list: Expression;
      /** What the expressions of the body call the element. */
      readonly name: string;
      readonly body: readonly TemplatePart[];
      /** When the list is empty. */
      readonly otherwise: readonly TemplatePart[];
    };

/** Reads one expression of a text with blocks. `locals` are the names that the blocks around it add to the scope. */
export type BlockReader = (text: string, locals: readonly string[]) => Expression;

const NESTING_MAX = 8;
const EACH = /^#each\s+([^]*\S)$/;
const NAMED = /^([^]*\S)\s+as\s+([A-Za-z_][A-Za-z0-9_]*)$/;
const IF = /^#if\s+([^]*\S)$/;
const BLOCK = /^(?:[#/]|else$)/;

interface OpenBlock {
  readonly kind: "if" | "each";
  readonly at: number;
  readonly expression: Expression;
  readonly name: string;
  readonly body: TemplatePart[];
  readonly otherwise: TemplatePart[];
  hasElse: boolean;
}

/**
 * Reads a text with holes and blocks: `{{ expression }}`, `{{#if expression}}…{{else}}…{{/if}}` and
 * `{{#each expression as name}}…{{else}}…{{/each}}`. A tag of a block that is alone on its line leaves no empty line behind.
 *
 * Inside `each`, expressions also see the element, as `item` unless it has a name, and its number from 0 as `index`.
 *
 * @throws ExpressionSyntaxError with the offset in the text.
 */
export function parseBlocks(
  text: string,
  read: BlockReader = (hole) => parseExpression(hole),
): readonly TemplatePart[] {
  const root: TemplatePart[] = [];
  const open: OpenBlock[] = [];
  let done = 0;
  for (const { start, end } of templateHoles(text)) {
    const tag = text.slice(start, end).trim();
    const isBlock = BLOCK.test(tag);
    const [from, to] = isBlock ? wholeLine(text, start - 2, end + 2) : [start - 2, end + 2];
    if (from > done) partsOf(open, root).push({ kind: "text", text: text.slice(done, from) });
    done = Math.max(done, to);
    const fail = (message: string): never => {
      throw new ExpressionSyntaxError("expression_syntax", start, message);
    };
    const readAt = (expression: string): Expression => {
      const locals = open.flatMap(({ kind, name, hasElse }) => (kind === "each" && !hasElse ? [name, "index"] : []));
      try {
        return read(expression, locals);
      } catch (error) {
        if (!(error instanceof ExpressionSyntaxError)) throw error;
        throw new ExpressionSyntaxError(error.code, text.indexOf(expression, start) + error.offset, error.message);
      }
    };
    if (!isBlock) {
      partsOf(open, root).push({ kind: "hole", expression: readAt(text.slice(start, end)) });
    } else if (tag.startsWith("#")) {
      if (open.length === NESTING_MAX) fail(`blocks are nested deeper than ${NESTING_MAX} levels`);
      open.push(openingOf(tag, start, readAt, fail));
    } else {
      const block = open.at(-1) ?? fail(`{{${tag}}} closes no block`);
      if (tag === "else") {
        if (block.hasElse) fail("the block has a second {{else}}");
        block.hasElse = true;
      } else {
        if (tag !== `/${block.kind}`) fail(`{{${tag}}} comes before {{/${block.kind}}}`);
        open.pop();
        partsOf(open, root).push(closed(block));
      }
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) {
    throw new ExpressionSyntaxError(
      "expression_syntax",
      unclosed.at,
      `{{#${unclosed.kind}}} is never closed; end it with {{/${unclosed.kind}}}`,
    );
  }
  if (done < text.length) root.push({ kind: "text", text: text.slice(done) });
  return root;
}

/** Where the next piece goes. */
function partsOf(open: readonly OpenBlock[], root: TemplatePart[]): TemplatePart[] {
  const block = open.at(-1);
  if (block === undefined) return root;
  return block.hasElse ? block.otherwise : block.body;
}

function openingOf(
  tag: string,
  at: number,
  read: (expression: string) => Expression,
  fail: (message: string) => never,
): OpenBlock {
  const condition = IF.exec(tag)?.[1];
  const block = { at, body: [], otherwise: [], hasElse: false };
  if (condition !== undefined) return { kind: "if", expression: read(condition), name: "", ...block };
  const list =
    EACH.exec(tag)?.[1] ??
    fail(`{{${tag.slice(0, 40)}}} is not a block; use {{#if condition}} or {{#each list as name}}`);
  const [, expression = list, name = "item"] = NAMED.exec(list) ?? [];
  if (TAKEN.has(name)) fail(`the element cannot be called "${name}", which means something else; give it another name`);
  return { kind: "each", expression: read(expression), name, ...block };
}

/** Names of the scope and of the language that an element must not hide. */
const TAKEN: ReadonlySet<string> = new Set([
  "input",
  "headers",
  "query",
  "nodes",
  "run",
  "now",
  "index",
  "secrets",
  "let",
  "in",
]);

function closed({ kind, expression, name, body, otherwise }: OpenBlock): TemplatePart {
  return kind === "if"
    ? { kind, condition: expression, body, otherwise }
    : { kind, list: expression, name, body, otherwise };
}

/** Widens a tag that is alone on its line to the whole line. */
function wholeLine(text: string, from: number, to: number): readonly [from: number, to: number] {
  let start = from;
  while (start > 0 && isBlank(text.charAt(start - 1))) start -= 1;
  let end = to;
  while (end < text.length && isBlank(text.charAt(end))) end += 1;
  const isAtStart = start === 0 || text.charAt(start - 1) === "\n";
  const lineEnd = text.startsWith("\r\n", end) ? 2 : text.startsWith("\n", end) ? 1 : 0;
  if (!isAtStart || (lineEnd === 0 && end < text.length)) return [from, to];
  return [start, end + lineEnd];
}

function isBlank(char: string): boolean {
  return char === " " || char === "\t";
}
