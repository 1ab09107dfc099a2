import { parseJsonInput, type Json, type JsonObject } from "@meshhook/core";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";

import { PayloadSchema, SchemaRefused } from "./payload-schema.ts";

const VALUES: readonly string[] = [
  "null",
  "true",
  "0",
  "1",
  "1.5",
  "-3",
  "12345678901234567890",
  '""',
  '"ab"',
  '"A-1"',
  '"👍🏽"',
  "[]",
  "[1]",
  "[1,2,3]",
  "[1,1]",
  '[{"a":1,"b":2},{"b":2,"a":1}]',
  '["x",2]',
  "{}",
  '{"a":1}',
  '{"a":"x","b":null}',
  '{"a":1,"c":[1]}',
  '{"kind":"card","number":"4"}',
  '{"kind":"cash"}',
  '{"__proto__":{"a":1}}',
  '{"constructor":1,"toString":"x"}',
];

const CHOICE =
  '{"if":{"properties":{"kind":{"const":"card"}}},"then":{"required":["number"]},"else":{"maxProperties":1}}';

const SCHEMAS: readonly (JsonObject | { readonly [keyword: string]: unknown })[] = [
  {},
  { type: "integer" },
  { type: ["string", "null"] },
  { enum: ["ab", 1, null, [1]] },
  { const: { a: 1 } },
  { minimum: 0, exclusiveMaximum: 1.5 },
  { multipleOf: 0.5 },
  { minLength: 2, maxLength: 2 },
  { pattern: "^[A-Z]-\\d$" },
  { pattern: "b" },
  { minItems: 1, maxItems: 2 },
  { uniqueItems: true },
  { prefixItems: [{ type: "string" }], items: { type: "number" } },
  { contains: { const: 1 }, minContains: 2 },
  { contains: { const: 2 }, maxContains: 1 },
  { required: ["a"] },
  { required: ["__proto__"] },
  { required: ["toString"] },
  { properties: { a: { type: "number" } }, additionalProperties: false },
  { properties: { a: true }, additionalProperties: { type: "null" } },
  { propertyNames: { pattern: "^[a-z]$" } },
  { minProperties: 1, maxProperties: 1 },
  { dependentRequired: { a: ["b"] } },
  { dependentSchemas: { a: { required: ["c"] } } },
  JSON.parse(CHOICE),
  { allOf: [{ type: "object" }, { required: ["a"] }] },
  { anyOf: [{ type: "string" }, { type: "array" }] },
  { oneOf: [{ minimum: 0 }, { maximum: 1 }] },
  { not: { type: "object" } },
  { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
  { prefixItems: [true], unevaluatedItems: false },
  { $ref: "#/$defs/small", required: ["a"], $defs: { small: { maxProperties: 1 } } },
  { properties: { a: { $ref: "#/$defs/n~1m" } }, $defs: { "n/m": { type: "number" } } },
  { $id: "https://example.com/order", type: "object", format: "email", title: "x" },
];

function verdict(schema: PayloadSchema, text: string): boolean {
  return schema.faults(parseJsonInput(text)).length === 0;
}

describe("a payload schema", () => {
  it.each(SCHEMAS)("%j gives the verdict of Ajv for every value", (schema) => {
    const judge = new Ajv2020({ strict: false, validateFormats: false, ownProperties: true }).compile(schema);
    const own = new PayloadSchema(schema as JsonObject);
    const ownVerdicts = VALUES.map((text) => [text, verdict(own, text)]);
    expect(ownVerdicts).toEqual(VALUES.map((text) => [text, judge(JSON.parse(text))]));
  });

  it.each([
    ["(a+)+$", `${"a".repeat(10_000)}!`],
    ["^(a|a)*$", `${"a".repeat(10_000)}!`],
    ["a*a*a*a*a*b", "a".repeat(10_000)],
  ])("ends for the pattern %s, which a backtracking engine would never finish", (pattern, text) => {
    expect(new PayloadSchema({ pattern }).faults(text)).toHaveLength(1);
  });

  it("does not take the square of the time for an array with the same item many times", () => {
    const items: Json = Array.from({ length: 100_000 }, () => 1);
    expect(new PayloadSchema({ uniqueItems: true }).faults(items)).toEqual([
      { path: "", message: "The value is an array and must not contain an item twice." },
    ]);
  });

  const doubling = Object.fromEntries(
    Array.from({ length: 12 }, (_, at) => [
      `d${at}`,
      { allOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] },
    ]),
  );
  const deep = Array.from({ length: 33 }).reduce<JsonObject>((inner) => ({ not: inner }), {});

  it.each([
    ["larger than its limit", { description: "x".repeat(70_000) }, "more than 65536 characters"],
    ["deeper than its limit", deep, "more than 32 levels"],
    [
      "a few references that stand for thousands of schemas",
      { $ref: "#/$defs/d0", $defs: { ...doubling, d12: {} } },
      "more than 2000 schemas",
    ],
    ["a long pattern", { pattern: "a".repeat(1_001) }, "more than 1000 characters"],
    ["a pattern that is repeated a million times", { pattern: "((a{100}){100}){100}" }, "cannot be used"],
    ["look-ahead", { pattern: "^(?=a)" }, "without look-around"],
    ["a loop of references", { $ref: "#/$defs/a", $defs: { a: { not: { $ref: "#/$defs/a" } } } }, "refers to itself"],
    ["the schema of another draft", { $schema: "http://json-schema.org/draft-07/schema#" }, "not a JSON Schema"],
  ])("is refused: %s", (_what, schema, reason) => {
    expect(() => new PayloadSchema(schema as JsonObject)).toThrow(SchemaRefused);
    expect(() => new PayloadSchema(schema as JsonObject)).toThrow(reason);
  });

  it("names missing and surplus fields, but nothing that a field holds", () => {
    const schema = new PayloadSchema({ required: ["a"], properties: { a: true }, additionalProperties: false });
    expect(schema.faults({ b: "canary" }).map(({ message }) => message)).toEqual([
      'The value is an object and must have the field "a".',
      'The value is an object and must not have the field "b".',
    ]);
  });
});
