import type { Json, JsonSchema } from "@meshhook/core";
import { isContainer } from "#lib/json-container.ts";

/** How a value of a node's config is edited. Chosen from its schema; there is a control for everything that node types use. */
export type Control =
  | "expression"
  | "template"
  | "value"
  | "choice"
  | "switch"
  | "number"
  | "number_or_expression"
  | "text"
  | "multiline"
  | "object"
  | "list"
  | "map";

export function controlOf(schema: JsonSchema): Control {
  const ui = schema["x-ui"];
  if (ui === "expression" || ui === "template" || ui === "value" || ui === "multiline") return ui;
  // The body of a loop is written as JSON.
  if (ui === "graph") return "value";
  if (Array.isArray(schema["enum"])) return "choice";
  const type = schema["type"];
  if (Array.isArray(type))
    return type.includes("integer") && type.includes("object") ? "number_or_expression" : "value";
  switch (type) {
    case "boolean":
      return "switch";
    case "integer":
    case "number":
      return "number";
    case "string":
      return "text";
    case "array":
      return "list";
    case "object":
      return isSchema(schema["additionalProperties"]) ? "map" : "object";
    default:
      return "value";
  }
}

export function isSchema(value: Json | undefined): value is JsonSchema {
  return isContainer(value) && !Array.isArray(value);
}

/** A schema's text keyword: title, description. */
export function textOf(schema: JsonSchema, keyword: "title" | "description"): string {
  const text = schema[keyword];
  return typeof text === "string" ? text : "";
}

/** The schemas of an object's members, in order. */
export function membersOf(schema: JsonSchema): readonly (readonly [name: string, schema: JsonSchema])[] {
  const properties = schema["properties"];
  if (!isSchema(properties)) return [];
  return Object.entries(properties).flatMap(([name, member]) => (isSchema(member) ? [[name, member] as const] : []));
}

export function requiredOf(schema: JsonSchema): readonly string[] {
  const required = schema["required"];
  return Array.isArray(required) ? (required as readonly Json[]).filter((name) => typeof name === "string") : [];
}

/** A default in readable form, for a placeholder. */
export function defaultText(schema: JsonSchema): string {
  const value = schema["default"];
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** One of several forms that an object may have: the fields it must have, and those it must not have. */
export interface Alternative {
  readonly name: string;
  readonly shown: readonly string[];
  readonly hidden: readonly string[];
}

/** The forms that a schema's `oneOf` allows, named after what each needs; empty when there is only one. */
export function alternativesOf(schema: JsonSchema): readonly Alternative[] {
  const oneOf = schema["oneOf"];
  if (!Array.isArray(oneOf)) return [];
  const forms = (oneOf as readonly Json[]).filter(isSchema);
  return forms.flatMap((form) => {
    const [name] = requiredOf(form);
    if (name === undefined) return [];
    const others = forms.filter((other) => other !== form).flatMap(requiredOf);
    const banned = isSchema(form["not"]) ? requiredOf(form["not"]) : [];
    return [{ name, shown: requiredOf(form), hidden: [...others, ...banned] }];
  });
}

/** The initial value of a new item or member. */
export function startValue(schema: JsonSchema): Json {
  switch (controlOf(schema)) {
    case "object":
      return Object.fromEntries(requiredOf(schema).map((name) => [name, ""]));
    case "list":
      return [];
    case "map":
      return {};
    case "number":
      return schema["default"] ?? 0;
    default:
      return schema["default"] ?? "";
  }
}
