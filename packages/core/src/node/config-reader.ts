import type { Issue } from "../error/issue.ts";
import { pointer, quote } from "../error/issue.ts";
import type { IssueCode } from "../error/issue-catalogue.ts";
import { ExpressionSyntaxError } from "../expression/expression-error.ts";
import type { Expression, Template, ValueTemplate } from "../expression/index.ts";
import { parseExpression, parseTree } from "../expression/parse.ts";
import { type References, referencesOf } from "../expression/references.ts";
import { parseTemplate, templateHoles } from "../expression/template.ts";
import { expressionOf, parseValueTemplate } from "../expression/value-template.ts";
import type { Json } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";

type Path = readonly (string | number)[];

/** What one expression of a definition refers to, and where the expression stands. */
export interface FoundReferences {
  readonly path: Path;
  readonly text: string;
  readonly references: References;
}

/**
 * Reads the expressions of one node's config. Mistakes become issues, and a harmless stand-in is given back, so that one reading finds
 * all of them; the same reading makes the plan, so that what is checked is what runs.
 */
export class ConfigReader {
  readonly issues: Issue[] = [];
  readonly found: FoundReferences[] = [];
  /** Where the config stands in the document. */
  readonly base: Path;

  constructor(base: Path) {
    this.base = base;
  }

  /** Adds an issue about something in the config. */
  report(path: Path, code: IssueCode, message: string, fix: string): void {
    this.issues.push({ path: pointer(...this.base, ...path), code, message, fix });
  }

  expression(path: Path, text: string): Expression {
    return (
      this.#attempt(path, text, () => {
        const expression = parseExpression(text);
        this.#note(path, text);
        return expression;
      }) ?? parseExpression("`null`")
    );
  }

  template(path: Path, text: string): Template {
    return (
      this.#attempt(path, text, () => {
        const template = parseTemplate(text);
        for (const { start, end } of templateHoles(text)) this.#note(path, text.slice(start, end));
        return template;
      }) ?? parseTemplate("")
    );
  }

  value(path: Path, value: Json): ValueTemplate {
    const before = this.issues.length;
    this.#visit(path, value);
    return this.issues.length === before ? parseValueTemplate(value) : parseValueTemplate(null);
  }

  /** Reads each hole of a value template at its own path. */
  #visit(path: Path, value: Json): void {
    if (typeof value === "string") {
      if (value.includes("{{")) this.template(path, value);
    } else if (isArray(value)) {
      for (const [index, item] of value.entries()) this.#visit([...path, index], item);
    } else if (isObject(value)) {
      if (Object.hasOwn(value, "$jmes")) {
        const text = this.#attempt(path, "$jmes", () => expressionOf(value));
        if (text !== null) this.expression([...path, "$jmes"], text);
      } else {
        for (const [key, member] of Object.entries(value)) this.#visit([...path, key], member);
      }
    }
  }

  #note(path: Path, text: string): void {
    this.found.push({ path: [...this.base, ...path], text, references: referencesOf(parseTree(text)) });
  }

  #attempt<T>(path: Path, text: string, read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ExpressionSyntaxError)) throw error;
      const fix =
        error.code === "expression_too_large"
          ? "Split it over several transform nodes."
          : `Correct it at offset ${error.offset}; https://jmespath.site describes the language.`;
      this.report(path, error.code, `${quote(text)} at offset ${error.offset}: ${error.message}.`, fix);
      return null;
    }
  }
}
