import { didYouMean, type Issue, pointer, quote } from "../error/issue.ts";
import type { IssueCode } from "../error/issue-catalogue.ts";
import { codePointLength } from "../expression/text.ts";
import type { Json, JsonObject } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import { ExactNumber } from "../json-number.ts";
import type { JsonSchema } from "./json-schema.ts";

/*
 * A checker for the part of JSON Schema 2020-12 that our own schemas use, instead of a library. Ajv makes code at run time, which a page
 * under a strict Content-Security-Policy refuses, and weighs 38 kB; TypeBox's interpreter needs 55 µs for the config of one call (16 ms for
 * 300), keeps only 8 errors, and gives neither the value nor the schema, which the issues need (Node 24, 2 cores). A schema with
 * unsupported keywords is refused when it is read, and schema-guard.test.ts compares each verdict with Ajv's.
 */

/** Checks a value against a schema: narrows its type, or returns every issue. */
export type SchemaGuard<T> = (
  value: unknown,
  path: readonly (string | number)[],
  report: (issue: Issue) => void,
) => value is T & object;

/** Makes a guard for a schema. `T` must be the type that the schema describes. The schema is read at the first check. */
export function schemaGuard<T>(schema: JsonSchema): SchemaGuard<T> {
  let check: Check | null = null;
  return (value, path, report): value is T & object => {
    check ??= readSchema(schema);
    const place = new Place(path, report);
    check(value as Json, place);
    return place.isSound;
  };
}

/** The place of a check in the document, and its findings. */
class Place {
  readonly path: (string | number)[];
  isSound = true;
  readonly #report: (issue: Issue) => void;

  constructor(path: readonly (string | number)[], report: (issue: Issue) => void) {
    this.path = [...path];
    this.#report = report;
  }

  report(code: IssueCode, message: string, fix: string): void {
    this.isSound = false;
    this.#report({ path: pointer(...this.path), code, message, fix });
  }

  /** Checks the value at a key. */
  enter(key: string | number, check: Check, value: Json): void {
    this.path.push(key);
    check(value, this);
    this.path.pop();
  }
}

type Check = (value: Json, place: Place) => void;

/** Keywords that are only for people. */
const ANNOTATIONS = new Set(["$schema", "$id", "title", "description", "default", "x-ui"]);

/** Turns a schema into a check: its keywords in the order below, which is the order of the issues. */
function readSchema(schema: JsonSchema): Check {
  const known = ["type", ...Object.keys(KEYWORDS)];
  const unknown = Object.keys(schema).find((keyword) => !ANNOTATIONS.has(keyword) && !known.includes(keyword));
  if (unknown !== undefined)
    throw new TypeError(`The schema ${quote(schema)} uses "${unknown}", which is not checked; use ${known.join(", ")}`);
  const types = typesOf(schema);
  const checks = Object.entries(KEYWORDS).flatMap(([keyword, read]) => {
    const rule = schema[keyword];
    return rule === undefined ? [] : [read(rule, schema)];
  });
  return (value, place) => {
    if (value instanceof ExactNumber && types?.some((type) => type === "number" || type === "integer") === true) {
      place.report(
        "invalid_value",
        `${quote(value)} has too many digits for this field.`,
        "Use a number with at most 15 digits.",
      );
      return;
    }
    // For a value of the wrong type, other keywords would only add noise.
    if (types !== null && !isOfType(value, types)) {
      const list = types.join(" or ");
      place.report("wrong_type", `${quote(value)} is not of type ${list}.`, `Use a value of type ${list}.`);
      return;
    }
    for (const check of checks) check(value, place);
  };
}

function typesOf({ type }: JsonSchema): readonly string[] | null {
  if (type === undefined) return null;
  return isArray(type) ? type.map(String) : [String(type)];
}

function isOfType(value: Json, types: readonly string[]): boolean {
  const type = value === null ? "null" : isArray(value) ? "array" : typeof value;
  return types.includes(type) || (types.includes("integer") && Number.isInteger(value));
}

type ReadKeyword = (rule: Json, schema: JsonSchema) => Check;

const KEYWORDS: { readonly [keyword: string]: ReadKeyword } = {
  const: (rule) => (value, place) => {
    if (value !== rule)
      place.report("invalid_value", `${quote(value)} is not ${quote(rule)}.`, `Write ${quote(rule)}.`);
  },
  enum: (rule) => {
    const allowed = (rule as readonly Json[]).map(String);
    return (value, place) => {
      if ((rule as readonly Json[]).includes(value)) return;
      const hint = typeof value === "string" ? didYouMean(value, allowed) : "";
      place.report(
        "invalid_value",
        `${quote(value)} is not one of ${allowed.join(", ")}${hint || "."}`,
        `Use one of ${allowed.join(", ")}.`,
      );
    };
  },
  minimum: limit(
    (value) => (typeof value === "number" ? value : null),
    "least",
    (least) => `be at least ${least}`,
  ),
  maximum: limit(
    (value) => (typeof value === "number" ? value : null),
    "most",
    (most) => `be at most ${most}`,
  ),
  minLength: limit(lengthOf, "least", (least) => `have at least ${least} ${least === 1 ? "character" : "characters"}`),
  maxLength: limit(lengthOf, "most", (most) => `have at most ${most} characters`),
  pattern: (rule, schema) => {
    const pattern = new RegExp(String(rule), "u");
    return (value, place) => {
      if (typeof value === "string" && !pattern.test(value)) refuse(value, place, `match ${String(rule)}`, schema);
    };
  },
  minItems: limit(itemsOf, "least", (least) => `have at least ${least} ${least === 1 ? "item" : "items"}`),
  maxItems: limit(itemsOf, "most", (most) => `have at most ${most} items`),
  // `items` reports items that are neither strings nor numbers.
  uniqueItems: (rule, schema) => (value, place) => {
    if (rule === true && isArray(value) && new Set(value).size < value.length)
      refuse(value, place, "not contain an item twice", schema);
  },
  items: (rule) => {
    const check = readSchema(rule as JsonSchema);
    return (value, place) => {
      if (isArray(value)) for (const [index, item] of value.entries()) place.enter(index, check, item);
    };
  },
  minProperties: limit(membersOf, "least", (least) => `have at least ${least} ${least === 1 ? "member" : "members"}`),
  maxProperties: limit(membersOf, "most", (most) => `have at most ${most} members`),
  required: (rule) => (value, place) => {
    if (!isObject(value)) return;
    for (const field of rule as readonly string[]) {
      if (!Object.hasOwn(value, field))
        place.report("missing_field", `The field "${field}" is missing.`, `Add "${field}".`);
    }
  },
  propertyNames: (rule) => {
    const check = readSchema(rule as JsonSchema);
    return (value, place) => {
      if (!isObject(value)) return;
      for (const name of Object.keys(value)) if (!holds(check, name)) place.enter(name, refuseName, name);
    };
  },
  additionalProperties: (rule, schema) => {
    const known = Object.keys((schema["properties"] ?? {}) as JsonObject);
    const check = rule === false ? refuseField(known) : readSchema(rule as JsonSchema);
    const isKnown = new Set(known);
    return (value, place) => {
      if (!isObject(value)) return;
      for (const name of Object.keys(value)) {
        if (!isKnown.has(name)) place.enter(name, check, value[name] ?? null);
      }
    };
  },
  properties: (rule) => {
    const checks = Object.entries(rule as { readonly [name: string]: JsonSchema }).map(
      ([name, property]) => [name, readSchema(property)] as const,
    );
    return (value, place) => {
      if (!isObject(value)) return;
      for (const [name, check] of checks) {
        const member = Object.hasOwn(value, name) ? value[name] : undefined;
        if (member !== undefined) place.enter(name, check, member);
      }
    };
  },
  not: (rule, schema) => {
    const check = readSchema(rule as JsonSchema);
    return (value, place) => {
      if (holds(check, value)) refuseForm(value, place, schema);
    };
  },
  // The issues of each alternative would be confusing, so only one issue is reported.
  oneOf: (rule, schema) => {
    const checks = (rule as readonly JsonSchema[]).map(readSchema);
    return (value, place) => {
      if (checks.filter((check) => holds(check, value)).length !== 1) refuseForm(value, place, schema);
    };
  },
};

/** Says whether a check finds nothing. */
function holds(check: Check, value: Json): boolean {
  const place = new Place([], () => {});
  check(value, place);
  return place.isSound;
}

/** A bound for a measure of a value; `measure` returns null if the keyword does not apply to the value. */
function limit(
  measure: (value: Json) => number | null,
  side: "least" | "most",
  wanted: (bound: number) => string,
): ReadKeyword {
  return (rule, schema) => {
    const bound = Number(rule);
    return (value, place) => {
      const measured = measure(value);
      if (measured === null || (side === "least" ? measured >= bound : measured <= bound)) return;
      refuse(value, place, wanted(bound), schema);
    };
  };
}

function lengthOf(value: Json): number | null {
  return typeof value === "string" ? codePointLength(value) : null;
}

function itemsOf(value: Json): number | null {
  return isArray(value) ? value.length : null;
}

function membersOf(value: Json): number | null {
  return isObject(value) ? Object.keys(value).length : null;
}

function refuse(value: Json, place: Place, wanted: string, { description }: JsonSchema): void {
  const fix = typeof description === "string" ? description : `It must ${wanted}.`;
  place.report("invalid_value", `${quote(value)} is not allowed: it must ${wanted}.`, fix);
}

function refuseForm(value: Json, place: Place, { description }: JsonSchema): void {
  const fix = typeof description === "string" ? description : "Use one of the forms that the reference lists.";
  place.report("invalid_value", `${quote(value)} does not have one of the allowed forms.`, fix);
}

function refuseName(name: Json, place: Place): void {
  place.report("invalid_value", `The key ${quote(name)} is not allowed.`, "Use letters, digits and underscores.");
}

/** Reports a field that is not one of `known`. */
function refuseField(known: readonly string[]): Check {
  const list = known.length === 0 ? "It has no fields." : `Its fields are ${known.join(", ")}.`;
  return (_value, place) => {
    const field = String(place.path.at(-1));
    const where = `here${didYouMean(field, known) || "."}`;
    place.report(
      "unknown_field",
      `The field "${field}" is not allowed ${where} ${list}`,
      `Remove or rename "${field}".`,
    );
  };
}
