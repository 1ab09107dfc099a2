import { countUnits, Meter, writeJson } from "../expression/budget.ts";
import { evaluate } from "../expression/evaluate.ts";
import type { Scope, Template, ValueTemplate } from "../expression/index.ts";
import { renderTemplate } from "../expression/template.ts";
import { resolveValue } from "../expression/value-template.ts";
import type { Json } from "../json.ts";
import { isArray } from "../json-kind.ts";
import { isNumeric, numberText } from "../json-number.ts";
import type { ResponseTemplate } from "../plan/plan.ts";
import { bodyFormOf, contentTypeFault, withCharset } from "./content-type.ts";
import type { RunResponse } from "./event.ts";
import { encodeFormHole, formText } from "./form-text.ts";
import { encodeUrlPart, escapeMarkup, RequestError, requireWhole } from "./request-values.ts";
import { xmlText } from "./xml-text.ts";

/** UTF-16 units of a body as text or base64: as many as one expression may build. */
const BODY_LENGTH_MAX = 1_048_576;
/** Of all names and values together. Node and many proxies refuse answers with more. */
const HEADERS_LENGTH_MAX = 8192;
const STATUS = { min: 200, max: 599 } as const;

/** The values of a response do not make one. Never leaves this file. */
class ResponseFault extends Error {
  override readonly name = "ResponseFault";
}

/** Says whether an answer with this status has no body by its nature (RFC 9110 15.3.5, 15.3.6 and 15.4.5). */
export function isWithoutBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

/**
 * Makes the answer to the webhook from its templates.
 *
 * Text is sent as it is, an object as fields where the content type is a form, and any other value as JSON; where the content type is
 * JSON, text is too. Holes in XML and HTML are escaped, so that a value can add no element; those in a form and in `location` are
 * percent-encoded.
 *
 * @returns Why the values do not make an answer, as a sentence, when they do not.
 * @throws ExpressionError
 */
export function responseOf(template: ResponseTemplate, scope: Scope): RunResponse | string {
  try {
    return make(template, scope);
  } catch (error) {
    if (error instanceof ResponseFault || error instanceof RequestError) return error.message;
    throw error;
  }
}

function make(template: ResponseTemplate, scope: Scope): RunResponse {
  const status = typeof template.status === "number" ? template.status : statusOf(evaluate(template.status, scope));
  const headers = headersOf(template, scope);
  const contentType = headers["content-type"];
  const body =
    template.body === null ? null : bodyOf(template, template.body, contentType, scope, isWithoutBody(status));
  if (body === null) return { status, headers };
  if (isWithoutBody(status)) {
    throw new ResponseFault(
      `An answer with status ${status} has no body, but the response gives one; give null instead`,
    );
  }
  headers["content-type"] = body.contentType;
  return {
    status,
    headers,
    body: body.text,
    ...(template.isBase64 ? { bodyEncoding: "base64" } : {}),
  };
}

function statusOf(value: Json): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= STATUS.min && value <= STATUS.max) return value;
  const given = isNumeric(value) ? String(value) : kindOf(value);
  throw new ResponseFault(
    `The status of the response is ${given}; give a whole number from ${STATUS.min} to ${STATUS.max}`,
  );
}

function headersOf(template: ResponseTemplate, scope: Scope): { [name: string]: string } {
  const headers = Object.create(null) as { [name: string]: string };
  let length = 0;
  for (const { name, value } of template.headers) {
    const text = name === "location" ? locationOf(value, scope) : renderTemplate(value, scope);
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) {
      throw new ResponseFault(
        `The value of header "${name}" holds a line break, a control character or one beyond U+00FF; encode it, for example as base64`,
      );
    }
    length += name.length + text.length;
    if (length > HEADERS_LENGTH_MAX) {
      throw new ResponseFault(
        `The headers of the response have more than ${HEADERS_LENGTH_MAX} characters; move values to the body`,
      );
    }
    if (name === "content-type") requireContentType(text, !template.isBase64);
    headers[name] = text;
  }
  return headers;
}

/**
 * Holes are percent-encoded, so that a value can add neither a path segment nor a query. A value that is the whole address is taken as one.
 */
function locationOf(template: Template, scope: Scope): string {
  const isWhole = template.parts.length === 1;
  const text = renderTemplate(template, scope, isWhole ? undefined : encodeHole);
  if (/^[!-~]*$/.test(text)) return text;
  throw new ResponseFault(
    `The value of header "location" holds a blank or a character that an address cannot hold; percent-encode it`,
  );
}

function encodeHole(text: string): string {
  return encodeUrlPart(text, `A value in the header "location"`);
}

function requireContentType(contentType: string, isText: boolean): void {
  const fault = contentTypeFault(contentType, isText);
  if (fault === null) return;
  const shown = JSON.stringify(contentType.slice(0, 100));
  throw new ResponseFault(
    `The content type ${shown} ${fault.what}; ${fault.fix.charAt(0).toLowerCase()}${fault.fix.slice(1)}`,
  );
}

interface Body {
  readonly text: string;
  readonly contentType: string;
}

/** Null: nothing is to be sent, which null and empty text mean where the status allows no body. */
function bodyOf(
  template: ResponseTemplate,
  { root }: ValueTemplate,
  contentType: string | undefined,
  scope: Scope,
  isOptional: boolean,
): Body | null {
  const form = contentType === undefined ? null : bodyFormOf(contentType);
  const isMarkup = form === "xml" || form === "html";
  const encode = isMarkup ? (text: string): string => escapeMarkup(text) : form === "form" ? encodeFormHole : null;
  if (encode !== null && !template.isBase64 && !template.isXml && root.kind === "template") {
    return textBody(renderTemplate(root.template, scope, encode), contentType);
  }
  const value = resolveValue({ root }, scope);
  if (isOptional && (value === null || value === "")) return null;
  if (template.isXml) return textBody(xmlText(value), contentType ?? "application/xml");
  if (template.isBase64) return bytesBody(value, contentType);
  if (typeof value === "string" && form !== "json") return textBody(value, contentType);
  if (contentType === undefined || form === "json") return jsonBody(value, contentType);
  if (form === "form") return textBody(formText(value), contentType);
  if (typeof value === "boolean") return textBody(String(value), contentType);
  if (isNumeric(value)) return textBody(numberText(value), contentType);
  throw new ResponseFault(
    `The body is ${kindOf(value)}, which can be sent as JSON only, but the content type is ${contentType}; give text, for example with to_string()`,
  );
}

function textBody(text: string, contentType = "text/plain"): Body {
  requireLength(text);
  return { text: requireWhole(text, "The body"), contentType: withCharset(contentType) };
}

function jsonBody(value: Json, contentType = "application/json"): Body {
  const meter = new Meter();
  meter.begin(null);
  return { text: writeJson(value, meter), contentType };
}

function bytesBody(value: Json, contentType = "application/octet-stream"): Body {
  if (typeof value !== "string") {
    throw new ResponseFault(`The body is ${kindOf(value)}; with bodyEncoding base64 give base64 text`);
  }
  requireLength(value);
  if (value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
    throw new ResponseFault(
      "The body is not base64 (RFC 4648, section 4, with padding), which bodyEncoding says it is; leave bodyEncoding out for text",
    );
  }
  return { text: value, contentType };
}

function requireLength(text: string): void {
  countUnits(text.length >>> 4);
  if (text.length <= BODY_LENGTH_MAX) return;
  throw new ResponseFault(`The body has ${text.length} characters; the limit is ${BODY_LENGTH_MAX}`);
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  if (isArray(value)) return "a list";
  if (typeof value === "string") return "text";
  if (isNumeric(value)) return "a number";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
