import type { ProblemIssue } from "@meshhook/contract";
import { parseJsonExactly, type Issue } from "@meshhook/core";

import { HttpProblem } from "../http-problem.ts";
import { checkDefinition, scheduleOf } from "./check-definition.ts";

/** A definition on its way into a draft. */
export interface Draft {
  readonly slug: string;
  readonly name: string;
  readonly text: string;
  /** Empty when it could be published. */
  readonly issues: readonly Issue[];
  /** Null when it could not. */
  readonly hash: string | null;
}

/** A draft that can be published. */
export interface ValidDraft extends Draft {
  readonly hash: string;
  readonly hasSchedule: boolean;
}

/** @throws HttpProblem  `definition_invalid`, with every issue. */
export function readValidDraft(value: unknown): ValidDraft {
  const checked = checkDefinition(value);
  if ("issues" in checked) throw definitionProblem(checked.issues);
  const { definition, hash, plan } = checked;
  const name = definition.name ?? definition.slug;
  requireStorable(name);
  return {
    slug: definition.slug,
    name,
    text: JSON.stringify(definition),
    issues: [],
    hash,
    hasSchedule: scheduleOf(plan) !== null,
  };
}

/**
 * Accepts a definition that is not finished yet, together with its issues.
 *
 * It must be an object within the size limits, with a valid slug and, if it has one, a valid name.
 *
 * @throws HttpProblem  `definition_invalid`, with the issues that prevent it from being stored.
 */
export function readUnfinishedDraft(value: unknown): Draft {
  const checked = checkDefinition(value);
  if (!("issues" in checked)) return readValidDraft(value);
  const { issues } = checked;
  const { slug, name } = (value ?? {}) as { readonly slug?: unknown; readonly name?: unknown };
  const isNamed = typeof slug === "string" && (name === undefined || typeof name === "string");
  const blocking = issues.filter(({ path, code }) => path === "/slug" || path === "/name" || BLOCKING.has(code));
  if (!isNamed || blocking.length > 0) throw definitionProblem(blocking.length > 0 ? blocking : issues);
  requireStorable(name ?? slug);
  return { slug, name: name ?? slug, text: JSON.stringify(value), issues, hash: null };
}

/** What is wrong with a stored draft, and its hash when nothing is. */
export function inspectDraft(text: string): { readonly issues: readonly ProblemIssue[]; readonly hash: string | null } {
  const checked = checkDefinition(parseJsonExactly(text));
  return "issues" in checked ? { issues: checked.issues.map(issueOf), hash: null } : { issues: [], hash: checked.hash };
}

export function issueOf({ path, code, message, fix }: Issue): {
  path: string;
  code: string;
  message: string;
  fix: string;
} {
  return { path, code, message, fix };
}

const BLOCKING: ReadonlySet<string> = new Set(["document_too_large", "document_not_json"]);

/** PostgreSQL cannot store a NUL in text. */
function requireStorable(name: string): void {
  if (!name.includes("\u0000")) return;
  throw definitionProblem([
    {
      path: "/name",
      code: "invalid_value",
      message: "The name contains the character U+0000.",
      fix: "Remove it.",
    },
  ]);
}

/** The problem of a definition that is not valid, with every issue. */
export function definitionProblem(issues: readonly Issue[]): HttpProblem {
  const count = issues.length === 1 ? "1 issue" : `${issues.length} issues`;
  return new HttpProblem("definition_invalid", `The definition has ${count}; see the path and the fix of each`, {
    issues: issues.map(issueOf),
  });
}
