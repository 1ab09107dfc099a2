import type { Json } from "../json.ts";
import { emptyObject, isArray, isObject } from "../json-kind.ts";
import { atom, concatenate, hash, type Jmes, list, literal } from "./jmes.ts";

/** A value of an imported document: constant, computed, or both in one. */
export type Piece =
  | { readonly kind: "constant"; readonly value: Json }
  | { readonly kind: "formula"; readonly formula: Jmes }
  | { readonly kind: "text"; readonly parts: readonly (string | Jmes)[] }
  | { readonly kind: "object"; readonly members: readonly (readonly [string, Piece])[] }
  | { readonly kind: "array"; readonly items: readonly Piece[] };

export function constant(value: Json): Piece {
  return { kind: "constant", value };
}

export function computed(formula: Jmes): Piece {
  return { kind: "formula", formula };
}

/** The piece as one expression. */
export function formulaOf(piece: Piece): Jmes {
  switch (piece.kind) {
    case "constant":
      return literal(piece.value);
    case "formula":
      return piece.formula;
    case "text":
      return concatenate(piece.parts.map((part) => (typeof part === "string" ? literal(part) : part)));
    case "array":
      return list(piece.items.map(formulaOf));
    case "object":
    default:
      return hash(piece.members.map(([name, member]) => [name, formulaOf(member)]));
  }
}

/** The piece as text with `{{ }}` holes. */
export function templateOf(piece: Piece): string {
  switch (piece.kind) {
    case "constant":
      return escaped(typeof piece.value === "string" ? piece.value : JSON.stringify(piece.value));
    case "text":
      return piece.parts.map((part) => (typeof part === "string" ? escaped(part) : hole(part))).join("");
    default:
      return hole(formulaOf(piece));
  }
}

/** The piece as JSON with `{"$jmes": "…"}` and `{{ }}` inside. */
export function valueOf(piece: Piece): Json {
  switch (piece.kind) {
    case "constant":
      return constantValue(piece.value);
    case "formula":
      return { $jmes: piece.formula.text };
    case "text":
      return templateOf(piece);
    case "array":
      return piece.items.map(valueOf);
    case "object":
    default: {
      const result = emptyObject();
      for (const [name, member] of piece.members) result[name] = valueOf(member);
      return result;
    }
  }
}

function constantValue(value: Json): Json {
  if (typeof value === "string") return escaped(value);
  if (isArray(value)) return value.map(constantValue);
  if (!isObject(value)) return value;
  // An object with this key would be taken for an expression.
  if (Object.hasOwn(value, "$jmes")) return { $jmes: literal(value).text };
  const result = emptyObject();
  for (const [name, member] of Object.entries(value)) result[name] = constantValue(member);
  return result;
}

function hole({ text }: Jmes): string {
  return `{{ ${text} }}`;
}

/** Literal braces in a template. */
function escaped(text: string): string {
  return text.replaceAll("{{", hole(atom("'{{'")));
}
