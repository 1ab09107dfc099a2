import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import type { Json } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import { workflowSchema } from "./schema.ts";
import { validateDefinition } from "./validate.ts";

const published = readFileSync(new URL("../../schema/workflow.v1.json", import.meta.url), "utf8");
const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true, keywords: ["x-ui"] });

/** Every property schema below `schema`, with where it stands. */
function properties(schema: Json, path = ""): [path: string, property: Json][] {
  if (isArray(schema)) return schema.flatMap((item, index) => properties(item, `${path}/${index}`));
  if (!isObject(schema)) return [];
  const own = isObject(schema["properties"]) ? Object.entries(schema["properties"]) : [];
  const found: [path: string, property: Json][] = own.map(([name, property]) => [`${path}/${name}`, property]);
  const inner = found.flatMap(([place, property]) => properties(property, place));
  const below = ["items", "oneOf", "additionalProperties"].flatMap((keyword) =>
    properties(schema[keyword] ?? null, `${path}/${keyword}`),
  );
  return found.concat(inner, below);
}

describe("workflowSchema", () => {
  it("is what is published: npm run generate", () => {
    expect(JSON.parse(published)).toEqual(workflowSchema);
  });

  it("has a title and a description on every property, for forms", () => {
    const bare = properties(workflowSchema).filter(
      ([, property]) =>
        !isObject(property) || typeof property["title"] !== "string" || typeof property["description"] !== "string",
    );
    expect(bare.map(([path]) => path)).toEqual([]);
  });

  it("agrees with the validator on what is a document's shape", () => {
    const validate = ajv.compile(workflowSchema);
    const good = {
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: "s",
      nodes: { hook: { type: "webhook@1", config: {} } },
      edges: [],
    };
    const hook = good.nodes.hook;
    const shapes: [name: string, document: unknown][] = [
      ["good", good],
      ["slug", { ...good, slug: "S" }],
      ["type", { ...good, nodes: { hook, a: { type: "nope@1", config: {} } } }],
      ["delay", { ...good, nodes: { hook, a: { type: "delay@1", config: { durationMs: "5" } } } }],
      ["branch", { ...good, nodes: { hook, a: { type: "branch@1", config: {} } } }],
      ["id", { ...good, nodes: { Bad: hook } }],
      ["reserved id", { ...good, nodes: { constructor: hook } }],
      ["edge", { ...good, edges: [{ from: "a" }] }],
    ];
    const valid = shapes.filter(([, document]) => validate(document)).map(([name]) => name);
    expect(valid).toEqual(["good"]);
    expect(shapes.filter(([, document]) => !("issues" in validateDefinition(document))).map(([name]) => name)).toEqual(
      valid,
    );
  });
});
