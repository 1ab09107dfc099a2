import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { didYouMean, type Issue, pointer, quote } from "../error/issue.ts";
import type { IssueCode } from "../error/issue-catalogue.ts";
import type { JsonSchema } from "./json-schema.ts";

/** Checks a value against a schema: narrows its type, or gives every issue. */
export type SchemaGuard<T> = (
  value: unknown,
  path: readonly (string | number)[],
  report: (issue: Issue) => void,
) => value is T & object;

let ajv: Ajv2020 | null = null;

/**
 * Makes a guard for a schema. `T` must be the type that the schema describes.
 *
 * The schema is compiled at the first check, not before: compiling costs milliseconds and makes code at run time, which pages that
 * only fold runs neither need nor may be allowed.
 */
export function schemaGuard<T>(schema: JsonSchema): SchemaGuard<T> {
  let validate: ValidateFunction<T & object> | null = null;
  return (value, path, report): value is T & object => {
    validate ??= validator().compile<T & object>(schema);
    if (validate(value)) return true;
    for (const error of validate.errors ?? []) {
      const issue = issueOf(error, path);
      if (issue !== null) report(issue);
    }
    return false;
  };
}

/** Says whether a value is a JSON Schema 2020-12 that can be read. */
export function isJsonSchema(value: object | boolean): boolean {
  return validator().validateSchema(value) === true;
}

function validator(): Ajv2020 {
  ajv ??= new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    ownProperties: true,
    keywords: ["x-ui"],
  });
  return ajv;
}

function issueOf(error: ErrorObject, path: readonly (string | number)[]): Issue | null {
  // Alternatives report themselves once; what failed inside each of them would confuse.
  if (/\/(?:anyOf|oneOf)\//.test(error.schemaPath)) return null;
  const at = pointer(...path) + error.instancePath;
  const value: unknown = error.data;
  const params: Readonly<Record<string, unknown>> = error.params;
  const issue = (code: IssueCode, message: string, fix: string, where = at): Issue => ({
    path: where,
    code,
    message,
    fix,
  });
  if (error.propertyName !== undefined) return nameIssue(error.propertyName, error.instancePath, path);
  switch (error.keyword) {
    case "required": {
      const field = String(params["missingProperty"]);
      return issue("missing_field", `The field "${field}" is missing.`, `Add "${field}".`);
    }
    case "additionalProperties": {
      const field = String(params["additionalProperty"]);
      const known = Object.keys((error.parentSchema?.["properties"] ?? {}) as object);
      const list = known.length === 0 ? "It has no fields." : `Its fields are ${known.join(", ")}.`;
      return issue(
        "unknown_field",
        `The field "${field}" is not known here${didYouMean(field, known)} ${list}`.replace(/here It/, "here. It"),
        `Remove or rename "${field}".`,
        at + pointer(field),
      );
    }
    case "propertyNames":
      // The keyword that failed on the name itself reports it.
      return null;
    case "type":
      return issue(
        "wrong_type",
        `${quote(value)} is not of type ${listOf(params["type"])}.`,
        `Use a value of type ${listOf(params["type"])}.`,
      );
    case "const":
      return issue(
        "invalid_value",
        `${quote(value)} is not ${quote(params["allowedValue"])}.`,
        `Write ${quote(params["allowedValue"])}.`,
      );
    case "enum": {
      const allowed = Array.isArray(params["allowedValues"]) ? params["allowedValues"].map(String) : [];
      const hint = typeof value === "string" ? didYouMean(value, allowed) : "";
      return issue(
        "invalid_value",
        `${quote(value)} is not one of ${allowed.join(", ")}${hint || "."}`,
        `Use one of ${allowed.join(", ")}.`,
      );
    }
    case "if":
    case "anyOf":
    case "oneOf":
    case "not":
      return describedIssue(error, issue);
    default: {
      const rule = `it ${error.message ?? "is not allowed"}`;
      return issue(
        "invalid_value",
        `${quote(value)} is not allowed: ${rule}.`,
        describedFix(error) ?? `Change it so that ${rule}.`,
      );
    }
  }
}

type MakeIssue = (code: IssueCode, message: string, fix: string) => Issue;

/** Alternatives: the issues of each alternative confuse, so the schema's description of the place says what is wanted. */
function describedIssue(error: ErrorObject, issue: MakeIssue): Issue {
  const fix = describedFix(error) ?? "Use one of the forms that the reference shows.";
  return issue("invalid_value", `${quote(error.data)} has none of the allowed forms.`, fix);
}

function describedFix(error: ErrorObject): string | null {
  const description: unknown = error.parentSchema?.["description"];
  return typeof description === "string" ? description : null;
}

function nameIssue(name: string, instancePath: string, path: readonly (string | number)[]): Issue {
  return {
    path: pointer(...path) + instancePath + pointer(name),
    code: "invalid_value",
    message: `The key ${quote(name)} is not allowed.`,
    fix: "Use letters, digits and underscores.",
  };
}

function listOf(types: unknown): string {
  return Array.isArray(types) ? types.join(" or ") : String(types);
}
