import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import type { ProblemIssue, RouteSpec } from "@meshhook/contract";

import { HttpProblem } from "../http-problem.ts";

/** Query and path are text, so their numbers are read from it; a body says what it means. */
const fromText = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: false, strict: false });
const asIs = new Ajv({ allErrors: true, strict: false });

type Part = "path" | "query" | "body";

/** Checks a request's parts against a route and gives them as one input. */
export type RequestReader = (parts: { readonly [P in Part]: unknown }) => { readonly [name: string]: unknown };

/** @returns A reader that throws `request_invalid` with every issue of every part. */
export function requestReader(spec: RouteSpec): RequestReader {
  const params = spec.params === undefined ? null : fromText.compile(closed(spec.params));
  const query = fromText.compile(closed(spec.query ?? { type: "object", properties: {} }));
  const body = spec.body === undefined ? null : asIs.compile(spec.body);
  return (parts) => {
    const issues: ProblemIssue[] = [];
    const check = (part: Part, validate: ValidateFunction | null): { [name: string]: unknown } => {
      const value = parts[part];
      if (validate !== null && !validate(value))
        for (const error of validate.errors ?? []) issues.push(issueOf(part, error));
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
        `The request has ${issues.length === 1 ? "1 issue" : `${issues.length} issues`}; each names its place`,
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

function issueOf(part: Part, error: ErrorObject): ProblemIssue {
  const params: Readonly<Record<string, unknown>> = error.params;
  const field = params["additionalProperty"] ?? params["missingProperty"];
  const path = `/${part}${error.instancePath}${field === undefined ? "" : `/${String(field)}`}`;
  if (error.keyword === "additionalProperties") {
    return {
      path,
      code: "unknown_field",
      message: `"${String(field)}" is not known here.`,
      fix: "Remove it, or correct its name.",
    };
  }
  if (error.keyword === "required")
    return { path, code: "missing_field", message: `"${String(field)}" is missing.`, fix: `Send "${String(field)}".` };
  const allowed: unknown = params["allowedValues"];
  const rule = Array.isArray(allowed) ? `must be one of ${allowed.join(", ")}` : (error.message ?? "is not allowed");
  const message = `The value ${rule}.`;
  return { path, code: "invalid_value", message, fix: "Send a value that is allowed here; /docs shows which." };
}
