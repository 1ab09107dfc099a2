import { renderTemplate } from "../expression/template.ts";
import { resolveValue } from "../expression/value-template.ts";
import type { Scope } from "../expression/index.ts";
import type { HttpCallStep } from "../plan/plan.ts";
import type { CallRequest } from "./effect.ts";

/** The templates of a call gave a request that cannot be sent. */
export class RequestError extends Error {
  override readonly name = "RequestError";
}

const URL_CHARACTERS_MAX = 8_192;
/** Control characters other than the tab, and what no single byte carries (RFC 9110 5.5). */
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const BAD_IN_HEADER = /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/;
// oxlint-disable-next-line no-control-regex -- as above
const BAD_IN_URL = /[\u0000-\u0020\u007f]/;

/**
 * Renders the request of an http_call from what its expressions see.
 *
 * Holes in the URL and in query values are percent-encoded, so a value cannot change the request's target. The idempotency key
 * stays the same over all attempts of the step.
 *
 * @throws RequestError, ExpressionError
 */
export function requestOf(call: HttpCallStep, scope: Scope, idempotencyKey: string): CallRequest {
  let url = renderTemplate(call.url, scope, encodeURIComponent);
  for (const { name, value } of call.query) {
    url += `${url.includes("?") ? "&" : "?"}${encodeURIComponent(name)}=${encodeURIComponent(renderTemplate(value, scope))}`;
  }
  if (url.length > URL_CHARACTERS_MAX) throw new RequestError(`the URL has ${url.length} characters; at most ${URL_CHARACTERS_MAX} are sent`);
  if (BAD_IN_URL.test(url)) throw new RequestError("the URL has a space or a control character in it; percent-encode it");
  const headers: Record<string, string> = {};
  for (const { name, value } of call.headers) {
    const text = renderTemplate(value, scope);
    if (BAD_IN_HEADER.test(text)) throw new RequestError(`header ${name} has a line break or another character that headers cannot carry`);
    headers[name.toLowerCase()] = text;
  }
  headers["idempotency-key"] = idempotencyKey;
  const request = { method: call.method, url, headers, responseBytesMax: call.responseBytesMax };
  if (call.body === null) return request;
  headers["content-type"] ??= "application/json";
  const body = resolveValue(call.body, scope);
  // A text with a content type of the author's own choice is sent as it is.
  const isText = typeof body === "string" && !/json/i.test(headers["content-type"]);
  return { ...request, body: isText ? body : JSON.stringify(body) };
}
