import { benchResultSchema } from "./schema.ts";
import type { JsonSchema, JsonSchemaValue } from "./schema-builder.ts";

/** The text of `result.schema.json`. */
export function renderResultSchema(): string {
  return `${JSON.stringify(benchResultSchema, null, 2)}\n`;
}

/** The text of `docs/reference/bench-result.md`: every field with its type and meaning. */
export function renderResultReference(): string {
  const tables = describeObject("", benchResultSchema);
  return `# Benchmark result

<!-- Generated from packages/bench/src/result/schema.ts by \`npm run generate\`. -->

\`result.json\` contains everything that a benchmark run measured and found; the reports are generated from it alone. Its schema is
[\`result.schema.json\`](../../packages/bench/src/result/result.schema.json) (JSON Schema 2020-12), and every result
that is written matches it.

Names contain the unit: \`Ms\` (milliseconds), \`Us\` (microseconds), \`Bytes\`, \`PerSecond\`, \`Share\` (0 to 1, or cores where stated).
Times of day are Unix milliseconds. \`null\` means that a figure could not be measured, or that there were too few samples for it.
\`[]\` after a name means each item of a list, \`{}\` each value of a map.

${tables.join("\n\n")}
`;
}

/** The table of one object, followed by those of the objects inside it. */
function describeObject(path: string, schema: JsonSchema): readonly string[] {
  const properties = asSchemas(schema["properties"]);
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const rows = Object.entries(properties).map(
    ([name, property]) =>
      `| \`${name}\`${required.includes(name) ? "" : " (optional)"} | ${typeOf(property)} | ${String(property["description"] ?? "").replaceAll("|", "\\|")} |`,
  );
  const heading = path === "" ? "## The document" : `## \`${path}\``;
  const nested = Object.entries(properties).flatMap(([name, property]) =>
    describeInside(path === "" ? name : `${path}.${name}`, property),
  );
  return [
    `${heading}\n\n${String(schema["description"] ?? "")}\n\n| Field | Type | Meaning |\n| --- | --- | --- |\n${rows.join("\n")}`,
    ...nested,
  ];
}

function describeInside(path: string, schema: JsonSchema): readonly string[] {
  if (isSchema(schema["properties"])) return describeObject(path, schema);
  if (isSchema(schema["items"])) return describeInside(`${path}[]`, schema["items"]);
  const values = schema["additionalProperties"];
  return isSchema(values) ? describeInside(`${path}{}`, values) : [];
}

function typeOf(schema: JsonSchema): string {
  if (schema["const"] !== undefined) return `\`${JSON.stringify(schema["const"])}\``;
  const choices = schema["enum"];
  if (Array.isArray(choices)) return choices.map((choice) => `\`${JSON.stringify(choice)}\``).join(" or ");
  const type = schema["type"];
  const names = Array.isArray(type) ? type.map(String) : [String(type)];
  return names
    .map((name) => {
      if (name === "array") return `list of ${isSchema(schema["items"]) ? typeOf(schema["items"]) : "anything"}`;
      if (name === "object" && isSchema(schema["additionalProperties"]))
        return `map of ${typeOf(schema["additionalProperties"])}`;
      return name;
    })
    .join(" or ");
}

function asSchemas(value: JsonSchemaValue | undefined): { readonly [name: string]: JsonSchema } {
  if (!isSchema(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, JsonSchema] => isSchema(entry[1])));
}

function isSchema(value: JsonSchemaValue | undefined): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
