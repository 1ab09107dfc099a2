import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";

/** A question to a Prometheus. */
export interface MetricQuery {
  /** As the series is called in the result. */
  readonly name: string;
  /** PromQL. */
  readonly query: string;
  readonly unit: string;
}

/** The queries that are asked where nobody names others. */
export const DEFAULT_QUERIES = new URL("../../metrics/prometheus-queries.yaml", import.meta.url);

const QUERIES_MAX = 50;

/** Reads a file of queries: the queries, or a line for every mistake in it. */
export function readQueries(
  path: string | URL,
): { readonly queries: readonly MetricQuery[] } | { readonly mistakes: readonly string[] } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return { mistakes: [`The file cannot be read: ${error instanceof Error ? error.message : String(error)}.`] };
  }
  const document = parseDocument(text);
  if (document.errors.length > 0) return { mistakes: document.errors.map(({ message }) => message) };
  const value: unknown = document.toJS();
  const list: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "queries") : undefined;
  if (!Array.isArray(list) || list.length === 0)
    return { mistakes: ['It has no list "queries". Each item has a name, a query in PromQL and a unit.'] };
  if (list.length > QUERIES_MAX)
    return { mistakes: [`It has ${String(list.length)} queries. At most ${String(QUERIES_MAX)} are asked.`] };
  const items: readonly unknown[] = list;
  const mistakes = items.flatMap((item, index) => mistakesOf(item, `queries[${String(index)}]`));
  const queries = items.filter(isQuery);
  const repeated = queries.filter(({ name }, index) => queries.findIndex((other) => other.name === name) < index);
  const all = [...mistakes, ...repeated.map(({ name }) => `Two queries are called "${name}". Give one another name.`)];
  return all.length > 0 ? { mistakes: all } : { queries };
}

const FIELDS = ["name", "query", "unit"] as const;

function isQuery(item: unknown): item is MetricQuery {
  return mistakesOf(item, "").length === 0;
}

function mistakesOf(item: unknown, path: string): readonly string[] {
  if (typeof item !== "object" || item === null) return [`${path} is not an object with name, query and unit.`];
  const unknown = Object.keys(item).filter((field) => !(FIELDS as readonly string[]).includes(field));
  return [
    ...FIELDS.filter((field) => typeof Reflect.get(item, field) !== "string" || Reflect.get(item, field) === "").map(
      (field) => `${path}.${field} must be a text that is not empty.`,
    ),
    ...unknown.map((field) => `${path}.${field} is not known. Fields are name, query and unit.`),
  ];
}
