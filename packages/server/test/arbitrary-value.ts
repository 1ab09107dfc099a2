import fc from "fast-check";

type Schema = { readonly [keyword: string]: unknown };

/** What people and programs send that should never hurt. */
export const HOSTILE = [
  "",
  " ",
  "\u0000",
  "\ud800",
  "__proto__",
  "constructor",
  "../../etc/passwd",
  "'; drop table runs; --",
  "${7*7}{{7*7}}",
  "<script>alert(1)</script>",
  "\u202Egnp.exe",
  "a\r\nset-cookie: x=y",
  "%00%ff",
  "9".repeat(400),
  "1e999999",
  "x".repeat(5_000),
  "👍🏽".repeat(50),
  "\u001b[31m",
] as const;

/** Values that mostly match a schema of the contract, and sometimes anything. */
export function arbitraryValue(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  const matching = arbitraryMatch(schema, depth);
  return fc.oneof(
    { weight: 12, arbitrary: matching },
    { weight: 1, arbitrary: fc.constantFrom(...HOSTILE) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  );
}

function arbitraryMatch(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (depth > 6) return fc.constant(null);
  const one = (part: unknown): fc.Arbitrary<unknown> => arbitraryValue(part as Schema, depth + 1);
  if ("const" in schema) return fc.constant(schema["const"]);
  if (Array.isArray(schema["enum"])) return fc.constantFrom(...(schema["enum"] as unknown[]));
  const choices = (schema["anyOf"] ?? schema["oneOf"]) as readonly unknown[] | undefined;
  if (choices !== undefined) return fc.oneof(...choices.map(one));
  switch (schema["type"]) {
    case "string":
      return arbitraryText(schema);
    case "integer":
      return fc.integer({ min: numberIn(schema, "minimum", -5), max: numberIn(schema, "maximum", 1_000_000) });
    case "number":
      return fc.double();
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(one(schema["items"] ?? {}), { maxLength: 4 });
    case "object":
      return arbitraryObject(schema, one);
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
}

function arbitraryText(schema: Schema): fc.Arbitrary<string> {
  const { pattern } = schema;
  const length = {
    minLength: Math.min(20, numberIn(schema, "minLength", 0)),
    maxLength: Math.min(40, numberIn(schema, "maxLength", 40)),
  };
  const free = fc.string({ unit: "grapheme", ...length });
  if (typeof pattern !== "string") return free;
  try {
    return fc.oneof(fc.stringMatching(new RegExp(pattern)), free);
  } catch {
    // Not every pattern can be written backwards.
    return free;
  }
}

function arbitraryObject(schema: Schema, one: (part: unknown) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema["properties"] ?? {}) as { readonly [name: string]: unknown });
  if (properties.length === 0)
    return fc.dictionary(fc.string({ maxLength: 10 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
  const required = new Set((schema["required"] ?? []) as readonly string[]);
  const members = Object.fromEntries(properties.map(([name, part]) => [name, one(part)]));
  const requiredKeys = [...required].filter((name) => Object.hasOwn(members, name));
  const matching = fc.record(members, { requiredKeys });
  const broken = fc
    .tuple(fc.record(members, { requiredKeys: [] }), fc.constantFrom(...HOSTILE), fc.jsonValue({ maxDepth: 1 }))
    .map(([object, name, value]) => ({ ...object, [name]: value }));
  return fc.oneof({ weight: 6, arbitrary: matching }, { weight: 1, arbitrary: broken });
}

function numberIn(schema: Schema, keyword: string, fallback: number): number {
  const given = schema[keyword];
  return typeof given === "number" ? given : fallback;
}
