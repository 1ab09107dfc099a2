import { renameNodes, renameNodesInTemplate, type Json, type JsonObject, type JsonSchema } from "@meshhook/core";
import { isContainer } from "#lib/json-container.ts";
import { controlOf, isSchema, membersOf } from "#lib/forms/control.ts";

type Renamed = ReadonlyMap<string, string>;

/** A node's config with expressions that refer to nodes by their new ids. Other texts are unchanged. */
export function renameInConfig(config: JsonObject, schema: JsonSchema, renamed: Renamed): JsonObject {
  const members = new Map(membersOf(schema));
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [name, renameIn(value, members.get(name), renamed)]),
  );
}

function renameIn(value: Json, schema: JsonSchema | undefined, renamed: Renamed): Json {
  if (schema === undefined) return value;
  switch (controlOf(schema)) {
    case "expression":
      return typeof value === "string" ? renameNodes(value, renamed) : value;
    case "template":
    case "multiline":
    case "value":
    case "number_or_expression":
      return renameInValue(value, renamed);
    case "object":
      return isObject(value) ? renameInConfig(value, schema, renamed) : value;
    case "map": {
      const each = isSchema(schema["additionalProperties"]) ? schema["additionalProperties"] : undefined;
      return isObject(value) ? mapped(value, (member) => renameIn(member, each, renamed)) : value;
    }
    case "list": {
      const items = isSchema(schema["items"]) ? schema["items"] : undefined;
      return Array.isArray(value) ? (value as readonly Json[]).map((item) => renameIn(item, items, renamed)) : value;
    }
    default:
      return value;
  }
}

/** A value in which strings are templates and `{ "$jmes": "…" }` is an expression. */
function renameInValue(value: Json, renamed: Renamed): Json {
  if (typeof value === "string") return renameNodesInTemplate(value, renamed);
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => renameInValue(item, renamed));
  if (!isObject(value)) return value;
  const { $jmes: expression, ...others } = value;
  if (typeof expression === "string" && Object.keys(others).length === 0)
    return { $jmes: renameNodes(expression, renamed) };
  return mapped(value, (member) => renameInValue(member, renamed));
}

function mapped(value: JsonObject, change: (member: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, change(member)]));
}

function isObject(value: Json): value is JsonObject {
  return isContainer(value) && !Array.isArray(value);
}
