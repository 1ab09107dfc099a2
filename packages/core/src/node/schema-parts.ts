import type { JsonSchema } from "../definition/json-schema.ts";

/** Schemas that several node types share. */

/** A JMESPath expression. */
export function expressionSchema(title: string, description: string): JsonSchema {
  return { type: "string", title, description, minLength: 1, maxLength: 4096, "x-ui": "expression" };
}

/** A string with `{{ expression }}` holes. */
export function templateSchema(title: string, description: string): JsonSchema {
  return { type: "string", title, description, maxLength: 65_536, "x-ui": "template" };
}

/** Any JSON, with `{"$jmes": "…"}` and `{{ }}` inside. */
export function valueSchema(title: string, description: string): JsonSchema {
  return { title, description, "x-ui": "value" };
}
