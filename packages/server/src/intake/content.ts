import { isEmbeddableText, JsonInputError, parseJsonInput, type Json } from "@meshhook/core";

import { HttpProblem } from "../http-problem.ts";
import { textOf, utf8Of } from "./charset.ts";
import { readForm } from "./fields.ts";
import { mediaTypeOf, type MediaType } from "./media-type.ts";
import { readMultipart } from "./multipart.ts";

export interface Content {
  readonly value: Json;
  /** The value as JSON: the body's own text when it is JSON, otherwise the value written as JSON. */
  readonly text: string;
}

/** The types that are supported, for `Accept` (RFC 9110, section 15.5.16). */
export const READ_TYPES =
  "application/json, application/x-www-form-urlencoded, multipart/form-data, application/xml, text/*";

const NOTHING: Content = { value: null, text: "null" };
/** `{` or `[` after white space. */
const JSON_START = /^[ \t\r\n]*[[{]/;
const BYTE_ORDER_MARK = "\ufeff";
const JSON_BLANK = /^[ \t\r\n]*$/;

/**
 * Reads a body by its content type, never by what it looks like. Without a type, only a body that is a JSON object or list from its first
 * byte to its last is read, because nothing else looks like that.
 *
 * An empty body is null, whatever its type.
 *
 * @throws HttpProblem  `content_type_unsupported`, `body_not_utf8`, `body_not_in_charset`, `json_…`, `multipart_invalid`, `too_many_fields`.
 */
export function readContent(contentType: string | undefined, body: Buffer): Content {
  if (body.length === 0) return NOTHING;
  const hasType = contentType !== undefined && contentType !== "";
  const type = hasType ? mediaTypeOf(contentType) : null;
  switch (type?.kind) {
    case "json":
      return readJson(body, type.charset);
    case "form":
      return written(readForm(body, type.charset));
    case "multipart":
      return written(readMultipart(body, type.boundary));
    case "text":
      return written(textOf(body, type.charset, false));
    case "xml":
      return written(textOf(body, type.charset ?? xmlCharsetOf(body), false));
    default:
      if (!hasType && looksLikeJson(body)) return readJson(body, null);
      throw unsupported(contentType, "send JSON, a form, text or XML");
  }
}

/**
 * Reads a body that must be JSON. Undefined when there is none.
 *
 * @throws HttpProblem  `content_type_unsupported`, `body_not_utf8`, `body_not_in_charset`, `json_…`.
 */
export function readJsonContent(contentType: string | undefined, body: Buffer): Json | undefined {
  if (body.length === 0) return undefined;
  const type: MediaType | null = contentType === undefined || contentType === "" ? null : mediaTypeOf(contentType);
  if (type === null ? !looksLikeJson(body) : type.kind !== "json")
    throw unsupported(contentType, "the API accepts application/json in UTF-8");
  return readJson(body, type?.charset ?? null).value;
}

function readJson(body: Buffer, charset: string | null): Content {
  const text = textOf(body, charset, true);
  // The first one was dropped. The text is embedded in facts, so it must be exactly what is parsed here.
  if (text.startsWith(BYTE_ORDER_MARK))
    throw new HttpProblem(
      "json_invalid",
      "Not JSON: found a second byte order mark (U+FEFF) at offset 0, right after the first; send one or none",
    );
  try {
    const value = parseJsonInput(text);
    if (!isEmbeddableText(text))
      throw new HttpProblem("json_invalid", "Not JSON: it contains an unescaped control character");
    return { value, text };
  } catch (error) {
    if (JSON_BLANK.test(text)) return NOTHING;
    if (error instanceof JsonInputError) throw new HttpProblem(error.code, error.message);
    throw error;
  }
}

/** Written here, where the number of bytes is known. */
function written(value: Json): Content {
  return { value, text: JSON.stringify(value) };
}

function looksLikeJson(body: Buffer): boolean {
  const text = utf8Of(body);
  return text !== null && (JSON_START.test(text) || JSON_BLANK.test(text));
}

/** The charset named in the document's first line (XML 1.0, section 4.3.3). */
function xmlCharsetOf(body: Buffer): string | null {
  const start = body.subarray(0, 200).toString("latin1");
  return /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][\w.-]*)["']/.exec(start)?.[1]?.toLowerCase() ?? null;
}

function unsupported(contentType: string | undefined, remedy: string): HttpProblem {
  const given =
    contentType === undefined || contentType === ""
      ? "The request has no Content-Type, and its body is not a JSON object or list"
      : `The Content-Type "${contentType.slice(0, 100)}" is not supported here`;
  return new HttpProblem("content_type_unsupported", `${given}; ${remedy}`);
}
