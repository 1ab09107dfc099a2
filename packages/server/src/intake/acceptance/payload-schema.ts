import { isJsonSchema, roundNumbers, type Json, type JsonObject } from "@meshhook/core";
import { RE2JS, RE2JSException } from "re2js";
import { Check, Errors } from "typebox/schema";

import { faultsOf, type PayloadFault } from "./payload-faults.ts";

/** The most characters of a schema as JSON, of a pattern, and the most levels and schemas that it may have, references followed. */
const LIMITS = { characters: 65_536, pattern: 1_000, depth: 32, schemas: 2_000 } as const;

/** A schema that is not used. */
export class SchemaRefused extends Error {
  override readonly name = "SchemaRefused";
  /** JSON Pointer into the schema. */
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/**
 * A JSON Schema of draft 2020-12 that payloads have to match. No code is generated for it, and patterns take time in proportion to the
 * text, whatever they are (RE2). Formats and the other annotations are not checked, as the draft says.
 */
export class PayloadSchema {
  readonly #schema: object | boolean;

  /**
   * @throws SchemaRefused  It is not a schema, larger than the limits, refers to something outside or to itself, or uses what cannot be
   *                        checked within bounds.
   */
  constructor(schema: JsonObject) {
    if (JSON.stringify(schema).length > LIMITS.characters)
      throw new SchemaRefused("", `The schema has more than ${LIMITS.characters} characters; use a smaller one`);
    if (!isJsonSchema(schema)) throw new SchemaRefused("", "This is not a JSON Schema of draft 2020-12");
    this.#schema = new Reader(schema).read(schema, "", 0).checked;
  }

  /** What a payload breaks of the schema: the first faults, or none. */
  faults(payload: Json): readonly PayloadFault[] {
    const value = roundNumbers(payload);
    return Check(this.#schema, value) ? [] : faultsOf(Errors(this.#schema, value)[1], value);
  }
}

interface Read {
  readonly checked: { readonly [keyword: string]: unknown } | boolean;
  /** How many schemas it consists of, those that it refers to included each time. */
  readonly schemas: number;
}

const ONE = new Set([
  "items",
  "contains",
  "additionalProperties",
  "propertyNames",
  "if",
  "then",
  "else",
  "not",
  "unevaluatedItems",
  "unevaluatedProperties",
]);
const LISTS = new Set(["prefixItems", "allOf", "anyOf", "oneOf"]);
const MAPS = new Set(["properties", "dependentSchemas"]);
const VALUES = new Set([
  "type",
  "enum",
  "const",
  "multipleOf",
  "maximum",
  "exclusiveMaximum",
  "minimum",
  "exclusiveMinimum",
  "maxLength",
  "minLength",
  "maxItems",
  "minItems",
  "maxContains",
  "minContains",
  "maxProperties",
  "minProperties",
  "required",
  "dependentRequired",
]);
/** What could make a check unbounded, or fetch something. */
const REFUSED: { readonly [keyword: string]: string } = {
  $id: "Write the schema in one document, with references such as #/$defs/address",
  $anchor: "Refer to a part by its place, such as #/$defs/address",
  $dynamicRef: "Use $ref with the place of a part, such as #/$defs/address",
  $dynamicAnchor: "Refer to a part by its place, such as #/$defs/address",
  patternProperties: "Use propertyNames with a pattern, and additionalProperties",
};

/** Copies a schema into the form that is checked: keywords that mean something, references resolved, patterns made linear. */
class Reader {
  readonly #root: JsonObject;
  /** By reference; null while it is being read. */
  readonly #targets = new Map<string, Read | null>();

  constructor(root: JsonObject) {
    this.#root = root;
  }

  /** `schema` is a JSON Schema, as `isJsonSchema` says. */
  read(schema: Json, path: string, depth: number): Read {
    if (typeof schema === "boolean") return { checked: schema, schemas: 1 };
    if (depth > LIMITS.depth) throw new SchemaRefused(path, `The schema has more than ${LIMITS.depth} levels`);
    const checked: { [keyword: string]: unknown } = {};
    const refinements: object[] = [];
    const parts: Read[] = [];
    const part = (child: Json, at: string): Read["checked"] => {
      const read = this.read(child, at, depth + 1);
      parts.push(read);
      return read.checked;
    };
    for (const [keyword, rule] of Object.entries(schema as JsonObject)) {
      const at = `${path}/${escaped(keyword)}`;
      // The whole schema may have a name, since nothing can refer to it.
      if (Object.hasOwn(REFUSED, keyword) && !(keyword === "$id" && path === ""))
        throw new SchemaRefused(at, `${keyword} is not supported. ${REFUSED[keyword]}`);
      if (VALUES.has(keyword)) checked[keyword] = roundNumbers(rule);
      else if (ONE.has(keyword)) checked[keyword] = part(rule, at);
      else if (LISTS.has(keyword))
        checked[keyword] = (rule as readonly Json[]).map((child, index) => part(child, `${at}/${index}`));
      else if (MAPS.has(keyword)) {
        const children = Object.create(null) as { [name: string]: unknown };
        for (const [name, child] of Object.entries(rule as JsonObject))
          children[name] = part(child, `${at}/${escaped(name)}`);
        checked[keyword] = children;
      } else if (keyword === "pattern") refinements.push(matches(rule as string, at));
      else if (keyword === "uniqueItems" && rule === true) refinements.push(UNIQUE);
    }
    if (refinements.length > 0) checked["~refine"] = refinements;
    const { $ref } = schema as JsonObject;
    if ($ref !== undefined) {
      const target = this.#target($ref as string, `${path}/$ref`, depth);
      parts.push(target);
      checked["allOf"] = [...((checked["allOf"] as readonly unknown[] | undefined) ?? []), target.checked];
    }
    const schemas = parts.reduce((sum, { schemas: of }) => sum + of, 1);
    if (schemas > LIMITS.schemas)
      throw new SchemaRefused(path, `The schema consists of more than ${LIMITS.schemas} schemas, references followed`);
    return { checked: ofObjects(checked), schemas };
  }

  #target(reference: string, path: string, depth: number): Read {
    const known = this.#targets.get(reference);
    if (known === null)
      throw new SchemaRefused(path, "The schema refers to itself, so that a check could go on without end");
    if (known !== undefined) return known;
    if (!/^#(?:\/|$)/.test(reference))
      throw new SchemaRefused(path, `"${reference}" is outside the schema, and nothing is fetched; copy it into $defs`);
    let target: Json | undefined = this.#root;
    for (const segment of segmentsOf(reference)) {
      target = memberOf(target, segment);
    }
    if (target === undefined || !isJsonSchema(target))
      throw new SchemaRefused(path, `There is no schema at "${reference}"`);
    this.#targets.set(reference, null);
    const read = this.read(target, path, depth + 1);
    this.#targets.set(reference, read);
    return read;
  }
}

/** TypeBox 1.4.3 takes `unevaluatedProperties` for a rule about arrays, too. */
function ofObjects(checked: { readonly [keyword: string]: unknown }): Exclude<Read["checked"], boolean> {
  if (checked["unevaluatedProperties"] === undefined) return checked;
  const { unevaluatedProperties: _ofObjects, ...ofArrays } = checked;
  return { allOf: [ofArrays, { if: { type: "array" }, else: checked }] };
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  const hasIt = typeof value === "object" && value !== null && Object.hasOwn(value, name);
  return hasIt ? (value as JsonObject)[name] : undefined;
}

function segmentsOf(reference: string): readonly string[] {
  const pointer = reference.slice(2);
  if (pointer === "") return [];
  return pointer.split("/").map((segment) => decoded(segment).replaceAll("~1", "/").replaceAll("~0", "~"));
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function matches(pattern: string, path: string): object {
  if (pattern.length > LIMITS.pattern)
    throw new SchemaRefused(path, `The pattern has more than ${LIMITS.pattern} characters`);
  const regex = compiled(pattern, path);
  return {
    check: (value: unknown) => typeof value !== "string" || regex.matcher(value).find(),
    error: () => "must match the pattern of the schema",
  };
}

function compiled(pattern: string, path: string): RE2JS {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(pattern));
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new SchemaRefused(
      path,
      `The pattern cannot be used: ${error.message}. Patterns are those of RE2, without look-around and backreferences`,
    );
  }
}

const UNIQUE = {
  check: (value: Json) => !Array.isArray(value) || new Set(value.map(canonical)).size === value.length,
  error: () => "must not contain an item twice",
};

/** The same text for equal values, whatever the order of their members. */
function canonical(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value as JsonObject).map(
    ([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`,
  );
  return `{${members.sort().join()}}`;
}

function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
