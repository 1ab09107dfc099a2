import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../json.ts";
import { isJsonSchema } from "./is-json-schema.ts";

const ajv = new Ajv2020({ strict: false, logger: false });
const isMetaSchemaValid = ajv.compile({ $ref: "https://json-schema.org/draft/2020-12/schema" });

/** Keywords of each kind; the values are mostly of the right kind, and sometimes not. */
const keywords = {
  schema: [
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
    "contentSchema",
  ],
  schemas: ["allOf", "anyOf", "oneOf", "prefixItems"],
  byName: ["properties", "patternProperties", "dependentSchemas", "$defs", "definitions", "dependencies"],
  number: [
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
  ],
  text: [
    "$id",
    "$ref",
    "$anchor",
    "$dynamicRef",
    "$dynamicAnchor",
    "$comment",
    "pattern",
    "title",
    "description",
    "format",
    "contentEncoding",
    "contentMediaType",
    "$recursiveAnchor",
    "$recursiveRef",
    "type",
  ],
  flag: ["uniqueItems", "deprecated", "readOnly", "writeOnly"],
  list: ["type", "enum", "required", "examples"],
  names: ["dependentRequired", "dependencies"],
  flags: ["$vocabulary"],
  any: ["const", "default", "unheard-of"],
};

const text = fc.constantFrom("object", "string", "a", "A-b_c.d", "1", "x#", "x#y", "");
const values: { readonly [kind: string]: fc.Arbitrary<unknown> } = {
  number: fc.constantFrom(0, 1, -1, 0.5, 1e300),
  text,
  flag: fc.boolean(),
  list: fc.array(text, { maxLength: 3 }),
  names: fc.dictionary(text, fc.array(text, { maxLength: 3 }), { maxKeys: 2 }),
  flags: fc.dictionary(text, fc.boolean(), { maxKeys: 2 }),
  any: fc.jsonValue({ maxDepth: 1 }),
};

const { schema: schemaLike } = fc.letrec<{ schema: unknown }>((tie) => {
  const inner: { readonly [kind: string]: fc.Arbitrary<unknown> } = {
    ...values,
    schema: tie("schema"),
    schemas: fc.array(tie("schema"), { maxLength: 2 }),
    byName: fc.dictionary(text, tie("schema"), { maxKeys: 2 }),
  };
  const members = Object.entries(keywords).map(([kind, names]) =>
    fc.tuple(
      fc.constantFrom(...names),
      fc.oneof({ arbitrary: inner[kind]!, weight: 12 }, { arbitrary: fc.jsonValue({ maxDepth: 1 }), weight: 1 }),
    ),
  );
  return {
    schema: fc.oneof(
      { maxDepth: 3 },
      fc.boolean(),
      fc.array(fc.oneof(...members), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
    ),
  };
});

describe("isJsonSchema", () => {
  it("agrees with the meta-schema of the specification", () => {
    const verdicts = { true: 0, false: 0 };
    fc.assert(
      fc.property(fc.oneof(schemaLike, fc.jsonValue({ maxDepth: 2 })), (value) => {
        const verdict = isMetaSchemaValid(value);
        verdicts[`${verdict}`] += 1;
        expect(isJsonSchema(value as Json)).toBe(verdict);
      }),
      { numRuns: 5000 },
    );
    expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(500);
  });

  it.each<[Json, boolean]>([
    [{ $schema: "https://json-schema.org/draft/2020-12/schema" }, true],
    [{ $schema: "https://json-schema.org/draft/2020-12/schema#", type: "object" }, true],
    [{ $schema: "http://json-schema.org/draft-07/schema#" }, false],
    [{ $schema: 5 }, false],
    [null, false],
    [[], false],
    ["object", false],
  ])("%j: %j", (value, verdict) => {
    expect(isJsonSchema(value)).toBe(verdict);
  });
});
