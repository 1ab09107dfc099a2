import type { Json } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import { compareNumbers, ExactNumber, isNumeric } from "../json-number.ts";

type Judge = (value: Json) => boolean;

/**
 * Says whether a value is a JSON Schema 2020-12: each keyword of the specification has a valid value, recursively.
 *
 * The specification's own meta-schema as predicates. As specified, unknown keywords are allowed and formats are annotations. A schema that
 * names another dialect in `$schema` is refused.
 *
 * @param value  Bounded in depth, like the result of `copyJson`.
 */
export function isJsonSchema(value: Json): boolean {
  if (isObject(value) && Object.hasOwn(value, "$schema") && !DIALECT.test(String(value["$schema"]))) return false;
  return schema(value);
}

const DIALECT = /^https:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;
const ANCHOR = /^[A-Za-z_][-A-Za-z0-9._]*$/;
const TYPES: ReadonlySet<Json> = new Set(["array", "boolean", "integer", "null", "number", "object", "string"]);

function schema(value: Json): boolean {
  if (typeof value === "boolean") return true;
  if (!isObject(value)) return false;
  return Object.entries(value).every(([keyword, member]) => KEYWORDS.get(keyword)?.(member) ?? true);
}

const text: Judge = (value) => typeof value === "string";
const flag: Judge = (value) => typeof value === "boolean";
const number: Judge = isNumeric;
const count: Judge = (value) =>
  (Number.isInteger(value) || (value instanceof ExactNumber && value.decimal.exponent >= 0)) && Number(value) >= 0;
const anchor: Judge = (value) => typeof value === "string" && ANCHOR.test(value);
const list: Judge = (value) => isArray(value);
const schemas: Judge = (value) => isArray(value) && value.length > 0 && value.every(schema);
const names: Judge = (value) => isArray(value) && value.every(text) && new Set(value).size === value.length;
const byName =
  (judge: Judge): Judge =>
  (value) =>
    isObject(value) && Object.values(value).every(judge);

/** Source: https://json-schema.org/draft/2020-12/schema and the vocabularies it is made of. */
const KEYWORDS: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  // Core
  ["$id", (value) => typeof value === "string" && /^[^#]*#?$/.test(value)],
  ["$schema", text],
  ["$ref", text],
  ["$anchor", anchor],
  ["$dynamicRef", text],
  ["$dynamicAnchor", anchor],
  ["$vocabulary", byName(flag)],
  ["$comment", text],
  ["$defs", byName(schema)],
  // Applicators
  ["prefixItems", schemas],
  ["items", schema],
  ["contains", schema],
  ["additionalProperties", schema],
  ["properties", byName(schema)],
  ["patternProperties", byName(schema)],
  ["dependentSchemas", byName(schema)],
  ["propertyNames", schema],
  ["if", schema],
  ["then", schema],
  ["else", schema],
  ["allOf", schemas],
  ["anyOf", schemas],
  ["oneOf", schemas],
  ["not", schema],
  ["unevaluatedItems", schema],
  ["unevaluatedProperties", schema],
  // Validation
  ["type", (value) => TYPES.has(value) || (isType(value) && names(value))],
  ["enum", list],
  ["multipleOf", (value) => isNumeric(value) && compareNumbers(value, 0) > 0],
  ["maximum", number],
  ["exclusiveMaximum", number],
  ["minimum", number],
  ["exclusiveMinimum", number],
  ["maxLength", count],
  ["minLength", count],
  ["pattern", text],
  ["maxItems", count],
  ["minItems", count],
  ["uniqueItems", flag],
  ["maxContains", count],
  ["minContains", count],
  ["maxProperties", count],
  ["minProperties", count],
  ["required", names],
  ["dependentRequired", byName(names)],
  // Annotations
  ["title", text],
  ["description", text],
  ["deprecated", flag],
  ["readOnly", flag],
  ["writeOnly", flag],
  ["examples", list],
  ["format", text],
  ["contentEncoding", text],
  ["contentMediaType", text],
  ["contentSchema", schema],
  // Of earlier drafts, reserved by the specification so that they do not get another meaning
  ["definitions", byName(schema)],
  ["dependencies", byName((value) => schema(value) || names(value))],
  ["$recursiveAnchor", anchor],
  ["$recursiveRef", text],
]);

function isType(value: Json): boolean {
  return isArray(value) && value.length > 0 && value.every((type) => TYPES.has(type));
}
