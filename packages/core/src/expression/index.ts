import type { Json, JsonObject } from "../json.ts";
import type { Program } from "./program.ts";
import type { Reference } from "./reference.ts";

/** A parsed JMESPath expression. Opaque: made by `parseExpression`, run by `evaluate`. */
export interface Expression {
  readonly text: string;
  readonly program: Program;
  /** The hole is a reference: its value is a marker, which is not encoded. */
  readonly reference?: Reference;
}

/** A string with `{{ expression }}` holes. Opaque: made by `parseTemplate`, run by `renderTemplate`. */
export interface Template {
  readonly text: string;
  readonly parts: readonly (string | Expression)[];
}

/** A JSON value in which `{"$jmes": "…"}` stands for an expression's value and strings may be templates. */
export interface ValueTemplate {
  readonly root: ValuePart;
}

/** A piece of a value template. `constant` holds a piece without holes, so that it is shared and not rebuilt. */
export type ValuePart =
  | { readonly kind: "constant"; readonly value: Json }
  | { readonly kind: "expression"; readonly expression: Expression }
  | { readonly kind: "template"; readonly template: Template }
  | { readonly kind: "array"; readonly items: readonly ValuePart[] }
  | { readonly kind: "object"; readonly entries: readonly (readonly [key: string, part: ValuePart])[] };

/**
 * What expressions see: `input` (the delivery's body), `headers`, `query`, `nodes.<id>.output`, `run` (`id`, `startedAt`),
 * `now` (RFC 3339 time of the run's last fact). Null-prototype objects throughout.
 */
export type Scope = JsonObject;
