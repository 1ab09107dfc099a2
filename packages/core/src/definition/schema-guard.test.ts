import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Issue } from "../error/issue.ts";
import type { Json } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import { nodeTypes } from "../node/registry.ts";
import type { JsonSchema } from "./json-schema.ts";
import { schemaGuard } from "./schema-guard.ts";
import { envelopeSchema } from "./schema.ts";

const ajv = new Ajv2020({ allowUnionTypes: true, strictRequired: false, ownProperties: true, keywords: ["x-ui"] });

function issuesOf(schema: JsonSchema, value: unknown): Issue[] {
  const issues: Issue[] = [];
  schemaGuard(schema)(value, [], (issue) => void issues.push(issue));
  return issues;
}

/** Values near a schema: mostly right, often at a bound, now and then just beyond it or of another kind. */
function near(schema: JsonSchema): fc.Arbitrary<unknown> {
  const types = new Set([schema["type"] ?? []].flat());
  const right: fc.Arbitrary<unknown>[] = [];
  const wrong: fc.Arbitrary<unknown>[] = [fc.jsonValue({ maxDepth: 2 })];
  const { minimum = 0, maximum = 9, maxLength = 50, pattern, items = {} } = schema;
  if (schema["const"] !== undefined) right.push(fc.constant(schema["const"]));
  else if (isArray(schema["enum"] ?? null)) right.push(fc.constantFrom(...(schema["enum"] as Json[])));
  else if (types.has("string")) {
    const length = Number(maxLength);
    if (pattern === undefined) right.push(fc.constantFrom("a", "x".repeat(length), "😀".repeat(length)));
    else
      right.push(
        fc.constantFrom(
          ...["a", "5xx", "429", "0 2 * * *", "all", "{{ secrets.KEY }}"].filter((text) =>
            new RegExp(String(pattern)).test(text),
          ),
        ),
      );
    wrong.push(fc.constantFrom("", "x".repeat(length + 1), "a-1", "A", "a\n", "600"));
  }
  if (types.has("integer") || types.has("number")) {
    right.push(fc.constantFrom(minimum, maximum));
    wrong.push(fc.constantFrom(Number(minimum) - 1, Number(maximum) + 1, Number(minimum) + 0.5));
  }
  if (types.has("boolean")) right.push(fc.boolean());
  if (types.has("array")) {
    right.push(fc.uniqueArray(near(items as JsonSchema), { minLength: 1, maxLength: 3 }));
    wrong.push(fc.array(near(items as JsonSchema), { minLength: 30, maxLength: 70 }));
  }
  if (types.has("object")) {
    right.push(nearObject(schema));
    wrong.push(fc.dictionary(fc.constantFrom("__proto__", "constructor", "toString", "B"), fc.jsonValue()));
  }
  if (right.length === 0) right.push(fc.jsonValue());
  return fc.oneof({ weight: 25, arbitrary: fc.oneof(...right) }, { weight: 1, arbitrary: fc.oneof(...wrong) });
}

function nearObject({ properties = {}, required = [], additionalProperties }: JsonSchema): fc.Arbitrary<unknown> {
  const shape = Object.entries(properties as { [name: string]: JsonSchema }).map(([name, property]) => [
    name,
    near(property),
  ]);
  const known = fc.record(Object.fromEntries(shape) as { [name: string]: fc.Arbitrary<unknown> }, {
    requiredKeys: required as string[],
  });
  if (!isObject(additionalProperties)) return known;
  const others = fc.dictionary(fc.constantFrom("a", "b_1"), near(additionalProperties), { minKeys: 1 });
  return fc.tuple(known, others).map(([left, right]) => ({ ...left, ...right }));
}

describe("schemaGuard", () => {
  const schemas: readonly (readonly [name: string, schema: JsonSchema])[] = [
    ["the document", envelopeSchema],
    ...Array.from(nodeTypes.values(), ({ type, configSchema }) => [type, configSchema] as const),
  ];

  it.each(schemas)("judges %s as an independent validator does", (_name, schema) => {
    const validate = ajv.compile(schema);
    const verdicts = new Set<boolean>();
    fc.assert(
      fc.property(near(schema), (value) => {
        const verdict = validate(value);
        verdicts.add(verdict);
        expect(issuesOf(schema, value).length === 0).toBe(verdict);
      }),
      { numRuns: 400 },
    );
    // Otherwise nothing was compared.
    expect(verdicts.size).toBe(2);
  });

  it("gives all issues of a value, however many", () => {
    const { configSchema } = nodeTypes.get("http_call@1")!;
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`field${index}`, index]));
    expect(issuesOf(configSchema, { url: "", timeoutMs: 1, ...many })).toHaveLength(32);
  });

  it.each<[JsonSchema, unknown, string, string]>([
    [{ type: "integer", maximum: 5 }, 6, "6 is not allowed: it must be at most 5.", "It must be at most 5."],
    [
      { type: "string", minLength: 1 },
      "",
      '"" is not allowed: it must have at least 1 character.',
      "It must have at least 1 character.",
    ],
    [
      { type: "array", maxItems: 0 },
      [1],
      "[1] is not allowed: it must have at most 0 items.",
      "It must have at most 0 items.",
    ],
    [
      { uniqueItems: true, description: "All different." },
      [1, 1],
      "[1,1] is not allowed: it must not contain an item twice.",
      "All different.",
    ],
    [{ enum: ["GET", "PUT"] }, "PUTS", '"PUTS" is not one of GET, PUT, did you mean "PUT"?', "Use one of GET, PUT."],
    [
      { type: ["integer", "object"], minimum: 3 },
      "2",
      '"2" is not of type integer or object.',
      "Use a value of type integer or object.",
    ],
  ])("says of %j what is wrong with %j", (schema, value, message, fix) => {
    expect(issuesOf(schema, value)).toEqual([expect.objectContaining({ path: "", message, fix })]);
  });

  it("sees own members only", () => {
    const schema: JsonSchema = {
      type: "object",
      required: ["toString"],
      properties: { constructor: { type: "string" } },
    };
    expect(issuesOf(schema, {}).map(({ code }) => code)).toEqual(["missing_field"]);
    expect(issuesOf(schema, JSON.parse('{"toString":1}'))).toEqual([]);
  });

  it("refuses a schema that asks for more than is checked", () => {
    expect(() => issuesOf({ type: "object", properties: { a: { format: "uri" } } }, {})).toThrow(/uses "format"/);
  });
});
