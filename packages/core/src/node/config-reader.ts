import type { Issue } from "../error/issue.ts";
import { didYouMean, pointer, quote } from "../error/issue.ts";
import type { IssueCode } from "../error/issue-catalogue.ts";
import { parseBlocks, type TemplatePart } from "../expression/block-template.ts";
import { ExpressionSyntaxError } from "../expression/expression-error.ts";
import { EXPRESSION_FUNCTIONS } from "../expression/functions.ts";
import type { Expression, Template, ValueTemplate } from "../expression/index.ts";
import { buildExpression, parseExpression, parseTree } from "../expression/parse.ts";
import { readReference, referenceExpression } from "../expression/reference.ts";
import { type References, referencesOf } from "../expression/references.ts";
import { parseTemplate } from "../expression/template.ts";
import { expressionOf, parseValueTemplate } from "../expression/value-template.ts";
import type { Json, JsonObject } from "../json.ts";

type Path = readonly (string | number)[];

/** The references of one expression in a definition, and its place in the document. */
export interface FoundReferences {
  readonly path: Path;
  readonly text: string;
  readonly references: References;
  /** It is evaluated at the end of the body of the loop whose config has it, and sees what the body sees. */
  readonly isInBody: boolean;
  /** A hole that is `secrets.NAME` would be a reference here. */
  readonly mayRefer: boolean;
  /** Names that only this expression sees. */
  readonly locals: readonly string[];
}

/** A link to a signal in a definition, and its place in the document. */
export interface FoundLink {
  readonly path: Path;
  readonly text: string;
  readonly signal: string;
}

/** Replaces an unreadable expression, so that the rest can be read. */
const NOTHING = parseExpression("`null`");
const NO_TEXT = parseTemplate("");

/**
 * Reads the expressions of one node's config. Mistakes become issues, and a harmless replacement is returned, so that one pass finds all of
 * them. The same pass creates the plan, so that exactly what is checked runs.
 */
export class ConfigReader {
  readonly issues: Issue[] = [];
  readonly found: FoundReferences[] = [];
  readonly links: FoundLink[] = [];
  /** The place of the config in the document. */
  readonly base: Path;

  /** Holes that are references, so far. */
  referenceCount = 0;

  #isInBody = false;
  #mayRefer = false;

  constructor(base: Path) {
    this.base = base;
  }

  /** Reads expressions that are evaluated at the end of the body of the loop. */
  inBody<T>(read: () => T): T {
    this.#isInBody = true;
    try {
      return read();
    } finally {
      this.#isInBody = false;
    }
  }

  /** Reads what becomes part of a request: holes may be references. */
  inRequest<T>(read: () => T): T {
    this.#mayRefer = true;
    try {
      return read();
    } finally {
      this.#mayRefer = false;
    }
  }

  /** Adds an issue about something in the config. */
  report(path: Path, code: IssueCode, message: string, fix: string): void {
    this.issues.push({ path: pointer(...this.base, ...path), code, message, fix });
  }

  expression(path: Path, text: string): Expression {
    return this.#attempt(path, text, (found) => this.#read(path, text, found)) ?? NOTHING;
  }

  template(path: Path, text: string): Template {
    return (
      this.#attempt(path, text, (found) => parseTemplate(text, (hole) => this.#read(path, hole, found))) ?? NO_TEXT
    );
  }

  /** Reads a text with blocks. */
  blocks(path: Path, text: string): readonly TemplatePart[] {
    return (
      this.#attempt(path, text, (found) =>
        parseBlocks(text, (hole, locals) => this.#read(path, hole, found, locals)),
      ) ?? []
    );
  }

  value(path: Path, value: Json): ValueTemplate {
    return parseValueTemplate(value, {
      template: (text, below) => this.template([...path, ...below], text),
      marker: (marker, below) => this.#marker([...path, ...below], marker),
    });
  }

  #marker(path: Path, marker: JsonObject): Expression {
    const text = this.#attempt(path, "$jmes", () => expressionOf(marker));
    return text === null ? NOTHING : this.expression([...path, "$jmes"], text);
  }

  /** Reads an expression once for both its program and its references. */
  #read(path: Path, text: string, found: FoundReferences[], locals: readonly string[] = []): Expression {
    const reference = this.#mayRefer ? readReference(text) : null;
    if (reference !== null) {
      this.referenceCount += 1;
      if (reference.kind === "link") this.links.push({ path: [...this.base, ...path], text, signal: reference.signal });
      return referenceExpression(text, reference);
    }
    const tree = parseTree(text);
    const expression = buildExpression(text, tree);
    found.push({
      path: [...this.base, ...path],
      text,
      references: referencesOf(tree),
      isInBody: this.#isInBody,
      mayRefer: this.#mayRefer,
      locals,
    });
    return expression;
  }

  /** Reads a text; its references count only if all of it is readable. */
  #attempt<T>(path: Path, text: string, read: (found: FoundReferences[]) => T): T | null {
    const found: FoundReferences[] = [];
    try {
      const result = read(found);
      this.found.push(...found);
      return result;
    } catch (error) {
      if (!(error instanceof ExpressionSyntaxError)) throw error;
      const fix = fixFor(error, text);
      this.report(path, error.code, `${quote(text)} at offset ${error.offset}: ${error.message}.`, fix);
      return null;
    }
  }
}

function fixFor({ code, offset }: ExpressionSyntaxError, text: string): string {
  if (code === "expression_too_large") return "Split it into several transform nodes.";
  if (code === "expression_syntax")
    return `Correct it at offset ${offset}. The language is described at https://jmespath.site.`;
  const name = /^\w+/.exec(text.slice(offset))?.[0] ?? "";
  return `Use one of the functions in docs/guide/expressions.md${didYouMean(name, EXPRESSION_FUNCTIONS.keys()) || "."}`;
}
