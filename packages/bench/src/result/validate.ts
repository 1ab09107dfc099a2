import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv/dist/2020.js";
import type { BenchResult } from "./result.ts";
import { benchResultSchema } from "./schema.ts";
import type { JsonSchema } from "./schema-builder.ts";

/** One way in which a document is not a result. */
export interface ResultIssue {
  /** JSON pointer into the document; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}

const issuesOf = checkerOf(benchResultSchema);

/**
 * Checks a document against the published schema.
 *
 * @returns The document as a `BenchResult`, or every issue found. Never both.
 */
export function validateResult(
  document: unknown,
): { readonly result: BenchResult } | { readonly issues: readonly ResultIssue[] } {
  const issues = issuesOf(document);
  // The schema is held against the type by the compiler.
  return issues.length === 0 ? { result: document as BenchResult } : { issues };
}

/** A function that finds every issue of a document with a schema, which is compiled when it is first needed. */
export function checkerOf(schema: JsonSchema): (document: unknown) => readonly ResultIssue[] {
  let compiled: ValidateFunction | null = null;
  return (document) => {
    compiled ??= new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);
    if (compiled(document)) return [];
    return (
      (compiled.errors ?? [])
        // `anyOf` only says that no branch fits; the branches' own errors say why.
        .filter((error) => error.keyword !== "anyOf")
        .map((error) => ({ path: error.instancePath, message: describe(error.message ?? error.keyword, error.params) }))
    );
  };
}

function describe(message: string, params: Record<string, unknown>): string {
  const unknownName = params["additionalProperty"];
  if (typeof unknownName === "string") return `${message}: "${unknownName}"`;
  const allowed = params["allowedValues"] ?? params["allowedValue"];
  return allowed === undefined ? message : `${message}: ${JSON.stringify(allowed)}`;
}
