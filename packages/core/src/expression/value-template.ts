import type { Json, JsonObject } from "../json.ts";
import { emptyObject, isArray, isObject } from "../json-kind.ts";
import { checkSize } from "./budget.ts";
import { evaluate } from "./evaluate.ts";
import { ExpressionSyntaxError } from "./expression-error.ts";
import type { Expression, Scope, Template, ValuePart, ValueTemplate } from "./index.ts";
import { freezeLiteral } from "./literal.ts";
import { parseExpression } from "./parse.ts";
import { parseTemplate, renderTemplate } from "./template.ts";

/** Reads the pieces of a value template, each at its path below the value. */
export interface PieceReader {
  readonly template: (text: string, path: Path) => Template;
  /** An object with the key `$jmes`. */
  readonly marker: (marker: JsonObject, path: Path) => Expression;
}

type Path = readonly (string | number)[];

const STRICT: PieceReader = {
  template: (text) => parseTemplate(text),
  marker: (marker) => parseExpression(expressionOf(marker)),
};

/**
 * Reads a JSON value with holes: `{"$jmes": "expression"}` becomes the expression's value, of any type; `{{ expression }}` inside a
 * string becomes text. Keys are never templates.
 *
 * @param reader  Parses templates and markers; pass one to continue after a mistake. The default throws.
 * @throws ExpressionSyntaxError
 */
export function parseValueTemplate(value: Json, reader: PieceReader = STRICT): ValueTemplate {
  return { root: parsePart(value, [], reader) };
}

function parsePart(value: Json, path: Path, reader: PieceReader): ValuePart {
  if (typeof value === "string") {
    if (!value.includes("{{")) return { kind: "constant", value };
    return { kind: "template", template: reader.template(value, path) };
  }
  if (isArray(value)) {
    const items = value.map((item, index) => parsePart(item, [...path, index], reader));
    return items.every(isConstant) ? { kind: "constant", value: freezeLiteral(value) } : { kind: "array", items };
  }
  if (!isObject(value)) return { kind: "constant", value };
  if (Object.hasOwn(value, "$jmes")) return { kind: "expression", expression: reader.marker(value, path) };
  const entries = Object.entries(value).map(
    ([key, member]) => [key, parsePart(member, [...path, key], reader)] as const,
  );
  if (entries.every(([, part]) => isConstant(part))) return { kind: "constant", value: freezeLiteral(value) };
  return { kind: "object", entries };
}

/** The expression in `{"$jmes": "…"}`. */
export function expressionOf(marker: JsonObject): string {
  const text = marker["$jmes"];
  if (typeof text !== "string" || Object.keys(marker).length !== 1) {
    throw new ExpressionSyntaxError(
      "expression_syntax",
      0,
      `"$jmes" must be an object's only key, and its value a string`,
    );
  }
  return text;
}

function isConstant(part: ValuePart): boolean {
  return part.kind === "constant";
}

/**
 * Returns the value of a value template.
 *
 * @throws ExpressionError `expression_failed` or `expression_budget`.
 */
export function resolveValue(template: ValueTemplate, scope: Scope): Json {
  const value = resolvePart(template.root, scope);
  if (template.root.kind === "array" || template.root.kind === "object") checkSize(value);
  return value;
}

function resolvePart(part: ValuePart, scope: Scope): Json {
  switch (part.kind) {
    case "constant":
      return part.value;
    case "expression":
      return evaluate(part.expression, scope);
    case "template":
      return renderTemplate(part.template, scope);
    case "array":
      return part.items.map((item) => resolvePart(item, scope));
    case "object":
    default: {
      const result = emptyObject();
      for (const [key, inner] of part.entries) result[key] = resolvePart(inner, scope);
      return result;
    }
  }
}
