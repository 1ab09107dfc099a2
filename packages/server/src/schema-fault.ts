import type { ErrorObject } from "ajv";

/** What a value breaks of its schema. */
export interface SchemaFault {
  /** The rule as the end of a sentence about the value: "must be at least 1". */
  readonly rule: string;
  /** Where and why, as Ajv says it. */
  readonly error: ErrorObject;
}

/**
 * Ajv's errors in sentences, one per value where a schema has alternatives: "must be a string or null".
 *
 * If an alternative accepts the value itself and refuses something inside it, only what is inside is reported.
 */
export function schemaFaults(errors: readonly ErrorObject[]): readonly SchemaFault[] {
  const choices = errors.filter(({ keyword }) => keyword === "anyOf");
  const choiceOf = (error: ErrorObject): ErrorObject | undefined =>
    choices.find(({ schemaPath }) => error.schemaPath.startsWith(`${schemaPath}/`));
  return errors.flatMap((error) => {
    const choice = error.keyword === "anyOf" ? error : choiceOf(error);
    if (choice === undefined) return [{ rule: ruleOf(error), error }];
    const isInside = ({ instancePath }: ErrorObject): boolean => instancePath !== choice.instancePath;
    const alternatives = errors.filter((other) => choiceOf(other) === choice);
    if (alternatives.some(isInside)) return error !== choice && isInside(error) ? [{ rule: ruleOf(error), error }] : [];
    if (error !== choice) return [];
    const rules = [...new Set(alternatives.map(ruleOf))];
    return [{ rule: rules.join(" or ").replaceAll(" or must be ", " or "), error }];
  });
}

const TYPES: { readonly [type: string]: string } = {
  string: "a string",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "an array",
};

function ruleOf({ keyword, params, message }: ErrorObject): string {
  const { limit, comparison, type, pattern, allowedValues, allowedValue } = params as {
    readonly [name: string]: unknown;
  };
  const bound = `${keyword.startsWith("min") ? "at least" : "at most"} ${String(limit)}`;
  switch (keyword) {
    case "type":
      return `must be ${[type]
        .flat()
        .map((name) => TYPES[String(name)] ?? String(name))
        .join(" or ")}`;
    case "enum":
      return `must be one of ${(allowedValues as readonly unknown[]).join(", ")}`;
    case "const":
      return `must be ${JSON.stringify(allowedValue)}`;
    case "minimum":
    case "maximum":
      return `must be ${bound}`;
    case "exclusiveMinimum":
    case "exclusiveMaximum":
      return `must be ${comparison === ">" ? "greater" : "less"} than ${String(limit)}`;
    case "minLength":
    case "maxLength":
      return `must have ${bound} ${limit === 1 ? "character" : "characters"}`;
    case "minItems":
    case "maxItems":
      return `must have ${bound} ${limit === 1 ? "item" : "items"}`;
    case "minProperties":
    case "maxProperties":
      return `must have ${bound} ${limit === 1 ? "field" : "fields"}`;
    case "pattern":
      return `must match ${String(pattern)}`;
    case "required":
      return `must have the field "${String(params["missingProperty"])}"`;
    case "additionalProperties":
      return `must not have the field "${String(params["additionalProperty"])}"`;
    default:
      return message ?? "is not allowed";
  }
}
