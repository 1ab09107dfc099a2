import type { RouteSpec } from "@meshhook/contract";
import { underCondition } from "@meshhook/journal";
import type { IncomingHttpHeaders } from "node:http";

import { HttpProblem } from "../http-problem.ts";
import { stateTagOf } from "./etag.ts";

/** `*`: any. */
type Tags = "*" | readonly string[];

const ENTITY_TAG = /\s*(?:(W\/)?"([\x21\x23-\x7e]*)")?\s*(?:,|$)/y;

/**
 * Runs a write under the conditions of its request. What is stored is compared in the transaction of the change: nobody can change it
 * between the comparison and the change.
 *
 * @throws HttpProblem  `precondition_failed`; `bad_request` for a header that is not a list of entity tags.
 */
export function workUnderConditions<T>(
  spec: RouteSpec,
  headers: IncomingHttpHeaders,
  work: () => Promise<T>,
): Promise<T> {
  const { "if-match": match, "if-none-match": noneMatch } = headers;
  if (spec.method === "GET" || (match === undefined && noneMatch === undefined)) return work();
  const wanted = match === undefined ? null : tagsOf("If-Match", match);
  const unwanted = noneMatch === undefined ? null : tagsOf("If-None-Match", noneMatch);
  if (spec.conditional !== true)
    throw new HttpProblem(
      "precondition_failed",
      `${spec.method} ${spec.path} changes nothing that has an ETag; send it without If-Match and If-None-Match`,
    );
  return underCondition((before) => {
    const state = before === null ? null : stateTagOf(before);
    if (wanted !== null && !includes(wanted, state)) throw failed("If-Match", wanted, state);
    if (unwanted !== null && includes(unwanted, state)) throw failed("If-None-Match", unwanted, state);
  }, work);
}

/** Whether the caller of a GET has this answer already. */
export function isKnown(headers: IncomingHttpHeaders, entityTag: string): boolean {
  const { "if-none-match": known } = headers;
  if (known === undefined) return false;
  const tags = tagsOf("If-None-Match", known, true);
  return tags === "*" || tags.includes(entityTag.slice(1, -1));
}

/** Only the state counts: an answer's tag has more behind a dot. */
function includes(tags: Tags, state: string | null): boolean {
  if (state === null) return false;
  return tags === "*" || tags.some((tag) => tag.split(".", 1)[0] === state);
}

function failed(header: string, tags: Tags, state: string | null): HttpProblem {
  const given =
    tags === "*"
      ? "*"
      : tags
          .map((tag) => `"${tag.slice(0, 60)}"`)
          .join(", ")
          .slice(0, 200);
  if (state === null)
    return new HttpProblem(
      "precondition_failed",
      `${header} is ${given}, and there is nothing here. Nothing was changed`,
    );
  const detail =
    tags === "*"
      ? `${header} is *, and this exists. Nothing was changed`
      : `${header} is ${given}, and the state is "${state}" now: it has changed since. Read it again, and send the change with the new etag`;
  return new HttpProblem("precondition_failed", detail, { etag: state });
}

/** Weak tags say that two answers mean the same; that is not enough for a change, so they match nothing then. */
function tagsOf(header: string, value: string, allowsWeak = false): Tags {
  if (value.trim() === "*") return "*";
  const tags: string[] = [];
  ENTITY_TAG.lastIndex = 0;
  while (ENTITY_TAG.lastIndex < value.length) {
    const match = ENTITY_TAG.exec(value);
    if (match === null)
      throw new HttpProblem(
        "bad_request",
        `${header} is not a list of entity tags: ${JSON.stringify(value.slice(0, 100))}. Send the tag in double quotes, as ETag has it, or *`,
      );
    const [, weak, tag] = match;
    if (tag !== undefined && (weak === undefined || allowsWeak)) tags.push(tag);
  }
  return tags;
}
