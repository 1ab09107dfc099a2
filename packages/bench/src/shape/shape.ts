import type { JsonSchema, JsonSchemaValue } from "../result/schema-builder.ts";
import { closest } from "./closest.ts";
import { INVALID, shown } from "./mistake.ts";
import type { Place } from "./mistake.ts";

/**
 * What a value in a document may look like: one description that reads the value, tells every mistake in it, and gives the JSON Schema
 * for editors, so that the three cannot differ.
 */
export interface Shape<T> {
  readonly schema: JsonSchema;
  /** Present where the value may be left out. */
  readonly fallback?: { readonly value: T };
  /** The value, or `INVALID` after every mistake in it was reported. */
  read(value: unknown, at: Place): T | typeof INVALID;
}

export type ShapeOf<S> = S extends Shape<infer T> ? T : never;

/** Text of at most `max` characters that matches a pattern, if there is one. */
export function text(
  description: string,
  options: { readonly max: number; readonly pattern?: RegExp; readonly expected?: string; readonly example: string },
): Shape<string> {
  const { max, pattern, example } = options;
  const expected = options.expected ?? `a text of 1 to ${String(max)} characters`;
  return {
    schema: {
      type: "string",
      description,
      minLength: 1,
      maxLength: max,
      ...(pattern === undefined ? {} : { pattern: pattern.source }),
    },
    read: (value, at) =>
      typeof value === "string" && value.trim() !== "" && value.length <= max && (pattern?.test(value) ?? true)
        ? value
        : at.report(`${shown(value)} is not ${expected}.`, `Write, for example, "${example}".`),
  };
}

/** One of these words. */
export function choice<const Word extends string>(description: string, words: readonly Word[]): Shape<Word> {
  return {
    schema: { type: "string", description, enum: words },
    read: (value, at) => {
      const word = words.find((candidate) => candidate === value);
      return word ?? at.report(`${shown(value)} is not one of ${words.join(", ")}.`, suggestion(value, words));
    },
  };
}

/** A number within bounds, both included. */
export function number(
  description: string,
  bounds: { readonly min: number; readonly max: number; readonly isWhole?: boolean },
): Shape<number> {
  const { min, max, isWhole = false } = bounds;
  const kind = isWhole ? "a whole number" : "a number";
  return {
    schema: { type: isWhole ? "integer" : "number", description, minimum: min, maximum: max },
    read: (value, at) =>
      typeof value === "number" && value >= min && value <= max && (!isWhole || Number.isInteger(value))
        ? value
        : at.report(
            `${shown(value)} is not ${kind} from ${String(min)} to ${String(max)}.`,
            `Write ${kind} within these bounds, without quotation marks.`,
          ),
  };
}

export function flag(description: string): Shape<boolean> {
  return {
    schema: { type: "boolean", description },
    read: (value, at) =>
      typeof value === "boolean"
        ? value
        : at.report(`${shown(value)} is neither true nor false.`, "Write true or false."),
  };
}

/** Any value that JSON can hold. */
export function anything(description: string): Shape<unknown> {
  return { schema: { description }, read: (value) => value };
}

/** A list of at least `min` elements. */
export function list<T>(description: string, element: Shape<T>, min = 0): Shape<readonly T[]> {
  return {
    schema: { type: "array", description, items: element.schema, ...(min === 0 ? {} : { minItems: min }) },
    read: (value, at) => {
      if (!Array.isArray(value) || value.length < min)
        return at.report(
          `${shown(value)} is not a list${min === 0 ? "" : ` of at least ${String(min)}`}.`,
          "Write one element per line, each after a hyphen.",
        );
      const read = value.map((item, index) => element.read(item, at.in(index)));
      return read.some((item) => item === INVALID) ? INVALID : read.filter((item): item is T => item !== INVALID);
    },
  };
}

type Fields = { readonly [name: string]: Shape<unknown> };
type Read<F extends Fields> = { readonly [Name in keyof F]: ShapeOf<F[Name]> };

/**
 * An object with these fields and no others.
 *
 * @param check  Reports what is wrong with several fields together. It gets those that are right by themselves.
 */
export function object<F extends Fields>(
  description: string,
  fields: F,
  check: (read: Partial<Read<F>>, at: Place) => void = () => undefined,
): Shape<Read<F>> {
  return {
    schema: objectSchema(description, fields),
    read: (value, at) => {
      if (!isObject(value))
        return at.report(`${shown(value)} is not a group of fields.`, `Write the fields ${namesOf(fields)} below it.`);
      const mistakes = at.mistakes.length;
      reportUnknown(value, Object.keys(fields), at);
      const read = Object.entries(fields)
        .map(([name, shape]) => [name, readField(name, shape, value, at)] as const)
        .filter(([, field]) => field !== INVALID);
      // Every field that is left was read by its own shape.
      const right = Object.fromEntries(read) as Partial<Read<F>>;
      check(right, at);
      return at.mistakes.length > mistakes ? INVALID : (right as Read<F>);
    },
  };
}

type Table = { readonly [kind: string]: Shape<object> };
type Variant<Key extends string, T extends Table> = {
  readonly [Kind in keyof T & string]: { readonly [K in Key]: Kind } & ShapeOf<T[Kind]>;
}[keyof T & string];

/** An object whose field `key` says which of several kinds it is; each kind has the fields of its own shape. */
export function variants<Key extends string, T extends Table>(
  description: string,
  key: Key,
  table: T,
): Shape<Variant<Key, T>> {
  const kinds = Object.keys(table);
  const word = choice("The kind.", kinds);
  return {
    schema: {
      description,
      type: "object",
      required: [key],
      properties: { [key]: { enum: kinds } },
      oneOf: Object.entries(table).map(([kind, shape]) => withKey(shape.schema, key, kind)),
    },
    read: (value, at) => {
      if (!isObject(value))
        return at.report(
          `${shown(value)} is not a group of fields.`,
          `Write its ${key} and the fields of that ${key} below it.`,
        );
      const { [key]: given, ...rest } = value;
      if (given === undefined)
        return at.report(`The field "${key}" is missing.`, `Add it with one of ${kinds.join(", ")}.`);
      const kind = word.read(given, at.in(key));
      const fields = kind === INVALID ? INVALID : (table[kind]?.read(rest, at) ?? INVALID);
      // `kind` is a key of the table, and the fields were read by its entry.
      return fields === INVALID ? INVALID : ({ [key]: kind, ...fields } as Variant<Key, T>);
    },
  };
}

/** The first of several forms that a value has by its looks. */
export function either<T>(
  description: string,
  forms: readonly { readonly has: (value: unknown) => boolean; readonly shape: Shape<T> }[],
  otherwise: { readonly expected: string; readonly remedy: string },
): Shape<T> {
  return {
    schema: { description, anyOf: forms.map(({ shape }) => shape.schema) },
    read: (value, at) => {
      const form = forms.find(({ has }) => has(value));
      return form === undefined
        ? at.report(`${shown(value)} is not ${otherwise.expected}.`, otherwise.remedy)
        : form.shape.read(value, at);
    },
  };
}

/** A field that may be left out. */
export function optional<T, const F>(shape: Shape<T>, fallback: F): Shape<T | F> {
  return { schema: shape.schema, fallback: { value: fallback }, read: (value, at) => shape.read(value, at) };
}

/** A shape whose value is made into another; `make` may report a mistake and give `INVALID`. */
export function made<T, U>(shape: Shape<T>, make: (value: T, at: Place) => U | typeof INVALID): Shape<U> {
  return {
    schema: shape.schema,
    read: (value, at) => {
      const read = shape.read(value, at);
      return read === INVALID ? INVALID : make(read, at);
    },
  };
}

export function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readField(name: string, shape: Shape<unknown>, of: { readonly [name: string]: unknown }, at: Place): unknown {
  const value = of[name];
  // A key without a value is null in YAML: it was meant to say something.
  if (value !== undefined) return shape.read(value, at.in(name));
  if (shape.fallback !== undefined) return shape.fallback.value;
  return at.report(`The field "${name}" is missing.`, `Add it: ${String(shape.schema["description"] ?? name)}`);
}

function reportUnknown(value: object, names: readonly string[], at: Place): void {
  for (const name of Object.keys(value))
    if (!names.includes(name)) at.in(name).report(`There is no field "${name}" here.`, suggestion(name, names));
}

function suggestion(given: unknown, words: readonly string[]): string {
  const near = typeof given === "string" ? closest(given, words) : null;
  return near === null ? `Use one of ${words.join(", ")}.` : `Did you mean "${near}"?`;
}

function namesOf(fields: Fields): string {
  return Object.keys(fields).join(", ");
}

function objectSchema(description: string, fields: Fields): JsonSchema {
  const entries = Object.entries(fields);
  return {
    type: "object",
    description,
    additionalProperties: false,
    required: entries.filter(([, { fallback }]) => fallback === undefined).map(([name]) => name),
    properties: Object.fromEntries(entries.map(([name, { schema }]) => [name, schema])),
  };
}

function withKey(schema: JsonSchema, key: string, kind: string): JsonSchema {
  const properties = schema["properties"];
  const required = schema["required"];
  return {
    ...schema,
    required: [key, ...(Array.isArray(required) ? (required as readonly JsonSchemaValue[]) : [])],
    properties: { [key]: { const: kind }, ...(isObject(properties) ? properties : {}) },
  };
}
