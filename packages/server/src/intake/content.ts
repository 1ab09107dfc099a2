import { JsonInputError, parseJsonInput, type Json } from "@meshhook/core";

import { HttpProblem } from "../http-problem.ts";

export interface Content {
  readonly value: Json;
  /** The body's own text when it is JSON. */
  readonly text: string | null;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const JSON_TYPE = /^application\/(?:[a-z0-9.!#$&^_-]+\+)?json\s*(?:;\s*charset=(?:"utf-8"|utf-8)\s*)?$/i;
const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;\s*charset=(?:"utf-8"|utf-8)\s*)?$/i;
const TEXT_TYPE = /^text\/plain\s*(?:;\s*charset=(?:"utf-8"|utf-8)\s*)?$/i;

/**
 * Reads a body by its content type, never by what it looks like.
 *
 * @throws HttpProblem  `content_type_unsupported`, `body_not_utf8`, `json_…`.
 */
export function readContent(contentType: string | undefined, body: Buffer): Content {
  // The usual types are recognised without a regular expression: every webhook passes here.
  if (contentType === "application/json" || (contentType !== undefined && JSON_TYPE.test(contentType))) {
    const text = decode(body);
    try {
      return { value: parseJsonInput(text), text };
    } catch (error) {
      if (error instanceof JsonInputError) throw new HttpProblem(error.code, error.message);
      throw error;
    }
  }
  if (contentType !== undefined && FORM_TYPE.test(contentType)) {
    const fields = Object.create(null) as Record<string, Json>;
    for (const [name, value] of new URLSearchParams(decode(body))) fields[name] = value;
    return { value: fields, text: null };
  }
  if (contentType !== undefined && TEXT_TYPE.test(contentType)) return { value: decode(body), text: null };
  const given =
    contentType === undefined
      ? "there is no Content-Type"
      : `Content-Type "${contentType.slice(0, 100)}" is not read here`;
  throw new HttpProblem(
    "content_type_unsupported",
    `${given}; send application/json in UTF-8, form data or plain text`,
  );
}

function decode(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new HttpProblem("body_not_utf8", "the body holds bytes that are not valid UTF-8; encode it in UTF-8");
  }
}
