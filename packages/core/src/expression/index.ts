import type { JsonObject } from "../json.ts";

/** A parsed JMESPath expression. Opaque: made by `parseExpression`, run by `evaluate`. */
export interface Expression {
  readonly text: string;
  readonly tree: unknown;
}

/** A string with `{{ expression }}` holes. Opaque: made by `parseTemplate`, run by `renderTemplate`. */
export interface Template {
  readonly text: string;
  readonly parts: readonly (string | Expression)[];
}

/** A JSON value in which `{"$jmes": "…"}` stands for an expression's value and strings may be templates. */
export interface ValueTemplate {
  readonly root: unknown;
}

/**
 * What expressions see: `input` (the delivery's body), `headers`, `query`, `nodes.<id>.output`, `run` (`id`, `startedAt`),
 * `now` (RFC 3339 time of the run's last fact). Null-prototype objects throughout.
 */
export type Scope = JsonObject;
