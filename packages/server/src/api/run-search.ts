import {
  decodeFacts,
  evaluate,
  ExpressionError,
  ExpressionSyntaxError,
  parseExpression,
  useSemantics,
  type Expression,
  type Json,
} from "@meshhook/core";
import type { Journal, RunSummary, StoredSegment } from "@meshhook/journal";

import { HttpProblem } from "../http-problem.ts";
import type { Rest } from "./heavy-work.ts";

export interface FoundRuns {
  readonly runs: readonly RunSummary[];
  /** How many runs were read. */
  readonly examined: number;
  /** Continue with runs below this one; null when there are no more. */
  readonly next: string | null;
}

/** The most runs that are read for one page, and for how long. */
const EXAMINED_MAX = 500;
const SEARCH_MS_MAX = 2_000;
/** Runs read from the journal's list at a time. */
const LISTED = 50;
/** `input.order.id=A-17`: a place and the text or the number there. */
const PLACE_AND_VALUE = /^\s*((?:input|headers|query)(?:\.[A-Za-z_][\w-]*|\."[^"]+"|\[\d+\])*)\s*=(?!=)(.*)$/s;
const NAMES_A_PART = /\b(?:input|headers|query)\b/;

/**
 * What runs must have received: an expression over `input`, `headers` and `query`, as the workflow's own see them, or `place=value`.
 *
 * @throws HttpProblem  `request_invalid`, with the place of the mistake.
 */
export function readCondition(text: string): Expression {
  if (!NAMES_A_PART.test(text))
    throw refused("The expression uses neither `input`, `headers` nor `query`, so that it says the same of every run.");
  const [, place, value = ""] = PLACE_AND_VALUE.exec(text) ?? [];
  try {
    return parseExpression(place === undefined ? text : equalityOf(quoted(place), value.trim()));
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    throw refused(`The expression ${error.message} (at character ${error.offset + 1}).`);
  }
}

/**
 * The newest runs whose delivery fulfils a condition: at most `limit` of those that are read for a page. Payloads have no index, so a page
 * ends after so many runs, with where to continue.
 */
export async function searchRuns(
  journal: Journal,
  query: Omit<Parameters<Journal["listRuns"]>[0], "limit">,
  condition: Expression,
  { limit, rest }: { readonly limit: number; readonly rest: Rest },
): Promise<FoundRuns> {
  const runs: RunSummary[] = [];
  const until = performance.now() + SEARCH_MS_MAX;
  let examined = 0;
  let before = query.beforeRunId;
  for (;;) {
    const listed = await journal.listRuns({
      ...query,
      ...(before === undefined ? {} : { beforeRunId: before }),
      limit: LISTED,
    });
    for (const run of listed) {
      const [first] = await journal.readRun(run.runId, { projectId: query.projectId });
      examined += 1;
      before = run.runId;
      if (first !== undefined && fulfils(first, condition)) runs.push(run);
      if (runs.length === limit || examined === EXAMINED_MAX || performance.now() > until)
        return { runs, examined, next: before };
    }
    if (listed.length < LISTED) return { runs, examined, next: null };
    await rest();
  }
}

function fulfils({ facts }: StoredSegment, condition: Expression): boolean {
  const delivery = decodeFacts(facts).find(({ kind }) => kind === "delivery");
  if (delivery?.kind !== "delivery") return false;
  // A run may have been folded since by older rules.
  useSemantics(Number.POSITIVE_INFINITY);
  try {
    const { body, headers, query } = delivery;
    return isTrue(evaluate(condition, { input: body, headers: { ...headers }, query: { ...query } }));
  } catch (error) {
    // It does not apply to this payload: a text where a number is compared, for example.
    if (error instanceof ExpressionError) return false;
    throw error;
  }
}

/** As JMESPath has it: everything but what is empty. */
function isTrue(value: Json): boolean {
  if (value === null || value === false || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

/** A value that reads as JSON is a number, true, false or null as well as the text. Numbers are compared by their digits. */
function equalityOf(place: string, value: string): string {
  const asText = `${place} == ${literal(JSON.stringify(value))}`;
  return /^(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/.test(value)
    ? `${place} == ${literal(value)} || ${asText}`
    : asText;
}

function literal(json: string): string {
  return `\`${json.replaceAll("`", "\\u0060")}\``;
}

/** Names with hyphens, such as those of headers, are quoted in expressions. */
function quoted(place: string): string {
  return place.replaceAll(/\.([A-Za-z_][\w]*-[\w-]*)/g, '."$1"');
}

function refused(message: string): HttpProblem {
  const issue = {
    path: "/query/where",
    code: "invalid_value",
    message,
    fix: "Send an expression such as input.order.total > `100`, or a place and its value such as input.order.id=A-17.",
  };
  return new HttpProblem("request_invalid", "The parameter where is not a condition", { issues: [issue] });
}
