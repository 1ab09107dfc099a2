import { Ajv, type ValidateFunction } from "ajv";
import type { ProblemIssue, RouteSpec } from "@meshhook/contract";

import { HttpProblem } from "../http-problem.ts";
import { schemaFaults, type SchemaFault } from "../schema-fault.ts";

/** Query and path are text, so numbers are read from it; a body has types of its own. */
const fromText = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: false, strict: false });
const asIs = new Ajv({ allErrors: true, strict: false });

type Part = "path" | "query" | "body";

/** Checks the parts of a request against a route and returns them as one input. */
export type RequestReader = (parts: { readonly [P in Part]: unknown }) => { readonly [name: string]: unknown };

/** How the parts of a route's requests are checked; null where it has no such part. */
interface Checks {
  readonly params: ValidateFunction | null;
  readonly query: ValidateFunction;
  readonly body: ValidateFunction | null;
}

/** Compiled with a route's first request: all of them would take a fifth of a start, and most processes are asked for few of them. */
const compiled = new WeakMap<RouteSpec, Checks>();

function checksOf(spec: RouteSpec): Checks {
  const known = compiled.get(spec);
  if (known !== undefined) return known;
  const checks = {
    params: spec.params === undefined ? null : fromText.compile(closed(spec.params)),
    query: fromText.compile(closed(spec.query ?? { type: "object", properties: {} })),
    body: spec.body === undefined ? null : asIs.compile(spec.body),
  };
  compiled.set(spec, checks);
  return checks;
}

/** @returns A reader that throws `request_invalid` with every issue of every part. */
export function requestReader(spec: RouteSpec): RequestReader {
  return (parts) => {
    const { params, query, body } = checksOf(spec);
    const issues: ProblemIssue[] = [];
    const check = (part: Part, validate: ValidateFunction | null): { [name: string]: unknown } => {
      const value = parts[part];
      if (validate !== null && !validate(value))
        issues.push(...schemaFaults(validate.errors ?? []).map((fault) => issueOf(part, fault)));
      return (value ?? {}) as { [name: string]: unknown };
    };
    const hasBody = parts.body !== undefined && parts.body !== null;
    const input: { [name: string]: unknown } = {
      ...(params === null ? {} : check("path", params)),
      ...check("query", query),
    };
    if (body !== null && (hasBody || spec.bodyOptional !== true)) input["body"] = check("body", body);
    if (issues.length > 0) {
      throw new HttpProblem(
        "request_invalid",
        `The request has ${issues.length === 1 ? "1 issue" : `${issues.length} issues`}`,
        { issues },
      );
    }
    return input;
  };
}

/** Unknown parameters are refused: a misspelt filter must not answer as if it were applied. */
function closed(schema: object): object {
  return { ...schema, additionalProperties: false };
}

function issueOf(part: Part, { rule, error }: SchemaFault): ProblemIssue {
  const params: Readonly<Record<string, unknown>> = error.params;
  const field = params["additionalProperty"] ?? params["missingProperty"];
  const path = `/${part}${error.instancePath}${field === undefined ? "" : `/${String(field)}`}`;
  if (error.keyword === "additionalProperties") {
    return {
      path,
      code: "unknown_field",
      message: `"${String(field)}" is not a known field.`,
      fix: "Remove it, or correct its name.",
    };
  }
  if (error.keyword === "required")
    return { path, code: "missing_field", message: `"${String(field)}" is missing.`, fix: `Send "${String(field)}".` };
  return {
    path,
    code: "invalid_value",
    message: `The value ${rule}.`,
    fix: "Send a value that is allowed here; /docs shows which.",
  };
}
