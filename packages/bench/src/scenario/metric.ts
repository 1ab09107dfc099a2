import type { JsonSchema } from "../result/schema-builder.ts";
import { scenarioSchema } from "../result/scenario-result.ts";
import { isObject } from "../shape/shape.ts";
import { closest } from "../shape/closest.ts";

/** The parts of a result that are known when thresholds are judged. */
const JUDGED = [
  "latency",
  "throughput",
  "answers",
  "errors",
  "audit",
  "work",
  "outage",
  "episodes",
  "connections",
  "memoryGrowthBytesPerSecond",
  "roofShare",
] as const;

/**
 * Says why a path does not lead to a number that a threshold can judge, and null where it does. `latency.*` and `errors.*` are named by
 * what was measured: any name is possible there.
 */
export function metricProblem(path: string): string | null {
  let schema: JsonSchema = judgedSchema();
  const good: string[] = [];
  for (const name of path.split(".")) {
    const properties = membersOf(schema);
    const next: JsonSchema | undefined = properties?.[name] ?? valuesOf(schema);
    if (next === undefined) {
      const names = Object.keys(properties ?? {});
      const near = closest(name, names);
      const prefix = good.map((part) => `${part}.`).join("");
      if (near !== null) return `Did you mean "${prefix}${near}"?`;
      return names.length === 0
        ? `"${good.join(".")}" is a number itself.`
        : `Use one of ${names.map((known) => prefix + known).join(", ")}.`;
    }
    good.push(name);
    schema = next;
  }
  if (isNumber(schema)) return null;
  const below = Object.keys(membersOf(schema) ?? {});
  if (below.length > 0) return `Use one of ${below.map((name) => `${path}.${name}`).join(", ")}.`;
  return valuesOf(schema) === undefined ? "It is not a number." : `Name one of the figures in it, as in ${path}.ack.`;
}

function judgedSchema(): JsonSchema {
  const members = membersOf(scenarioSchema.json) ?? {};
  return {
    properties: Object.fromEntries(
      JUDGED.flatMap((name) => (members[name] === undefined ? [] : [[name, members[name]]])),
    ),
  };
}

/** The numbers in an object, and what has numbers in it; null for what is not an object. */
function membersOf(schema: JsonSchema): { readonly [name: string]: JsonSchema } | null {
  const properties = schema["properties"];
  if (!isObject(properties)) return null;
  const members = Object.entries(properties as { readonly [name: string]: JsonSchema });
  return Object.fromEntries(
    members.filter(
      ([, member]) => isNumber(member) || isObject(member["properties"]) || valuesOf(member) !== undefined,
    ),
  );
}

function valuesOf(schema: JsonSchema): JsonSchema | undefined {
  const values = schema["additionalProperties"];
  return isSchema(values) ? values : undefined;
}

function isSchema(value: unknown): value is JsonSchema {
  return isObject(value);
}

function isNumber({ type }: JsonSchema): boolean {
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  return types.includes("number") || types.includes("integer");
}
