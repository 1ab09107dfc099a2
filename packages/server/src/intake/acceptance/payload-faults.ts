import type { Json } from "@meshhook/core";

/** What a payload breaks of its schema. */
export interface PayloadFault {
  /** JSON Pointer into the payload. */
  readonly path: string;
  /** A sentence with what is there and what is expected. It holds no value of the payload, which may be a secret. */
  readonly message: string;
}

/** An error as TypeBox's interpreter gives it. */
interface SchemaError {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: object;
}

const KINDS: { readonly [type: string]: string } = {
  null: "null",
  boolean: "true or false",
  object: "an object",
  array: "an array",
  number: "a number",
  string: "a string",
  integer: "a whole number",
};
/** They only say that one of the schemas in them does not match, which has its own errors. */
const CHOICES = new Set(["anyOf", "oneOf", "allOf", "if"]);
/** The object that has a field too many has an error of its own. */
const SURPLUS = /\/(?:additional|unevaluated)Properties$/;

/**
 * @param errors   At least one.
 * @param payload  What was checked.
 */
export function faultsOf(errors: readonly SchemaError[], payload: Json): readonly PayloadFault[] {
  const plain = errors.filter(
    ({ keyword, schemaPath }) => !CHOICES.has(keyword) && !(keyword === "boolean" && SURPLUS.test(schemaPath)),
  );
  const sentences = new Map<string, PayloadFault>();
  for (const { keyword, instancePath, params } of plain.length > 0 ? plain : errors) {
    const message = `The value is ${kindAt(payload, instancePath)} and ${expectation(keyword, params)}.`;
    sentences.set(`${instancePath} ${message}`, { path: instancePath, message });
  }
  return [...sentences.values()];
}

function kindAt(payload: Json, path: string): string {
  let value: Json | undefined = payload;
  for (const segment of path.split("/").slice(1)) {
    const name = segment.replaceAll("~1", "/").replaceAll("~0", "~");
    value =
      typeof value === "object" && value !== null && Object.hasOwn(value, name)
        ? (value as { readonly [name: string]: Json })[name]
        : undefined;
  }
  if (value === undefined) return "missing";
  const type = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  return KINDS[type] ?? "a number";
}

/** What the schema names itself, such as a constant, stays with its owner too: it may be a shared secret. */
function expectation(keyword: string, params: object): string {
  const { type, limit, comparison, requiredProperties, additionalProperties, multipleOf, message } = params as {
    readonly [name: string]: unknown;
  };
  const bound = `${keyword.startsWith("min") ? "at least" : "at most"} ${String(limit)}`;
  switch (keyword) {
    case "type":
      return `must be ${[type]
        .flat()
        .map((name) => KINDS[String(name)] ?? String(name))
        .join(" or ")}`;
    case "required":
      return `must have ${quoted(requiredProperties)}`;
    case "additionalProperties":
      return `must not have ${quoted(additionalProperties)}`;
    case "enum":
      return "must be one of the values in the schema";
    case "const":
      return "must be the value in the schema";
    case "minimum":
    case "maximum":
      return `must be ${bound}`;
    case "exclusiveMinimum":
    case "exclusiveMaximum":
      return `must be ${comparison === ">" ? "greater" : "less"} than ${String(limit)}`;
    case "multipleOf":
      return `must be a multiple of ${String(multipleOf)}`;
    case "minLength":
    case "maxLength":
      return `must have ${bound} ${limit === 1 ? "character" : "characters"}`;
    case "minItems":
    case "maxItems":
      return `must have ${bound} ${limit === 1 ? "item" : "items"}`;
    case "minProperties":
    case "maxProperties":
      return `must have ${bound} ${limit === 1 ? "field" : "fields"}`;
    case "boolean":
      return "is not allowed here";
    case "~refine":
      return String(message);
    default:
      return `does not match ${keyword} of the schema`;
  }
}

function quoted(names: unknown): string {
  const list = [names].flat().map((name) => JSON.stringify(name));
  return `the ${list.length === 1 ? "field" : "fields"} ${list.join(", ")}`;
}
