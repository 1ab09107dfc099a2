/**
 * Builds a JSON Schema that the compiler holds against a TypeScript type in both directions: a property missing here,
 * one too many, or one that is wider or narrower than the type does not compile.
 */
export interface JsonSchema {
  readonly [keyword: string]: JsonSchemaValue;
}

export type JsonSchemaValue = string | number | boolean | null | JsonSchema | readonly JsonSchemaValue[];

/** The schema of exactly `T`. `accepts` never exists; it makes `T` invariant, so that wider and narrower both fail. */
export interface Schema<T> {
  readonly json: JsonSchema;
  readonly isOptional: boolean;
  readonly accepts?: (value: T) => T;
}

type PropertySchemas<T> = { readonly [Key in keyof T]-?: Schema<Exclude<T[Key], undefined>> };

/** An object with these properties and no others. Takes one schema per property of `T`. */
export function object<T>(description: string, properties: PropertySchemas<T>, extra: JsonSchema = {}): Schema<T> {
  const json: { [name: string]: JsonSchema } = {};
  const required: string[] = [];
  for (const name in properties) {
    json[name] = properties[name].json;
    if (!properties[name].isOptional) required.push(name);
  }
  return schema({ type: "object", description, additionalProperties: false, required, properties: json, ...extra });
}

/** A property that may be absent. */
export function optional<T>(inner: Schema<T>): Schema<T> {
  return { ...inner, isOptional: true };
}

/** A value or null; the description says when it is null. */
export function nullable<T>(inner: Schema<T>): Schema<T | null> {
  const { type, enum: values, ...rest } = inner.json;
  if (typeof type !== "string") throw new TypeError("nullable() takes a schema with one type");
  const choices = isList(values) ? { enum: [...values, null] } : {};
  return schema({ type: [type, "null"], ...rest, ...choices });
}

export function list<T>(description: string, items: Schema<T>): Schema<readonly T[]> {
  return schema({ type: "array", description, items: items.json });
}

/** An object used as a map: any name, one shape of value. */
export function record<T>(description: string, values: Schema<T>): Schema<{ readonly [name: string]: T }> {
  return schema({ type: "object", description, additionalProperties: values.json });
}

export function text(description: string): Schema<string> {
  return schema({ type: "string", description });
}

export function flag(description: string): Schema<boolean> {
  return schema({ type: "boolean", description });
}

/** Any finite number. */
export function number(description: string): Schema<number> {
  return schema({ type: "number", description });
}

/** A number that cannot be below zero: a duration, a rate, a share. */
export function amount(description: string): Schema<number> {
  return schema({ type: "number", description, minimum: 0 });
}

/** A whole number that cannot be below zero. */
export function count(description: string): Schema<number> {
  return schema({ type: "integer", description, minimum: 0 });
}

export function numberOrText(description: string): Schema<number | string> {
  return schema({ type: ["number", "string"], description });
}

/** One of these words. */
export function choice<const T extends string>(description: string, values: readonly T[]): Schema<T> {
  return schema({ type: "string", description, enum: values });
}

/** Exactly this value. */
export function constant<const T extends number>(description: string, value: T): Schema<T> {
  return schema({ type: "number", description, const: value });
}

function schema<T>(json: JsonSchema): Schema<T> {
  return { json, isOptional: false };
}

/** `Array.isArray` alone would make the items `any`. */
function isList(value: JsonSchemaValue | undefined): value is readonly JsonSchemaValue[] {
  return Array.isArray(value);
}
