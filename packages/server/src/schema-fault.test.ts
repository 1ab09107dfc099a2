import { Ajv, type Schema } from "ajv";
import { describe, expect, it } from "vitest";

import { schemaFaults } from "./schema-fault.ts";

function faultsOf(schema: Schema, value: unknown): readonly (readonly [path: string, rule: string])[] {
  const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);
  validate(value);
  return schemaFaults(validate.errors ?? []).map(({ rule, error }) => [error.instancePath, rule]);
}

describe("what a value breaks of its schema", () => {
  it.each<readonly [Schema, unknown, string]>([
    [{ type: "string" }, 1, "must be a string"],
    [{ type: "integer" }, 1.5, "must be a whole number"],
    [{ type: ["object", "null"] }, 1, "must be an object or null"],
    [{ enum: ["read", "admin"] }, "root", "must be one of read, admin"],
    [{ const: 1 }, 2, "must be 1"],
    [{ minimum: 1 }, 0, "must be at least 1"],
    [{ maximum: 60_000 }, 60_001, "must be at most 60000"],
    [{ exclusiveMinimum: 0 }, 0, "must be greater than 0"],
    [{ minLength: 1 }, "", "must have at least 1 character"],
    [{ maxLength: 2 }, "abc", "must have at most 2 characters"],
    [{ minItems: 2 }, [], "must have at least 2 items"],
    [{ minProperties: 1 }, {}, "must have at least 1 field"],
    [{ pattern: "^a$" }, "b", "must match ^a$"],
    [{ required: ["name"] }, {}, 'must have the field "name"'],
    [{ additionalProperties: false }, { x: 1 }, 'must not have the field "x"'],
  ])("%j, %j: %s", (schema, value, rule) => expect(faultsOf(schema, value)).toEqual([["", rule]]));

  it("is one sentence where the schema has alternatives", () => {
    const schema = { anyOf: [{ type: "string", minLength: 1 }, { type: "null" }] };
    expect(faultsOf(schema, 5)).toEqual([["", "must be a string or null"]]);
    expect(faultsOf(schema, "")).toEqual([["", "must have at least 1 character or null"]]);
  });

  it("is what is inside, where an alternative accepts the value itself", () => {
    const named = { type: "object", properties: { name: { type: "string" } } };
    const schema = { properties: { owner: { anyOf: [named, { type: "null" }] } } };
    expect(faultsOf(schema, { owner: { name: 5 } })).toEqual([["/owner/name", "must be a string"]]);
  });

  it("is reported for every value", () => {
    const schema = { properties: { a: { type: "string" }, b: { minimum: 1 } } };
    expect(faultsOf(schema, { a: 1, b: 0 })).toEqual([
      ["/a", "must be a string"],
      ["/b", "must be at least 1"],
    ]);
  });
});
