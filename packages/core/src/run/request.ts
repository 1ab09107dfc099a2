import { ExpressionError } from "../expression/expression-error.ts";
import type { Scope } from "../expression/index.ts";
import { renderTemplate } from "../expression/template.ts";
import { resolveValue } from "../expression/value-template.ts";
import type { HttpCallStep } from "../plan/plan.ts";
import type { CallRequest } from "./effect.ts";

/** Longer addresses are cut or refused on many ways. */
const URL_LENGTH_MAX = 8192;

/** Templates gave a request that cannot be sent. Step error `request_invalid`. */
export class RequestError extends Error {
  override readonly name = "RequestError";
}

/**
 * The key under which a target recognizes repeats of a call: the same for all attempts of a step, and after a takeover.
 */
export function idempotencyKey(runId: string, node: string): string {
  return `mh-${runId}-${node}`;
}

/**
 * Makes the request of an `http_call` step from its templates.
 *
 * Holes in the address are percent-encoded, so that a value can add neither a path segment nor a query; query pairs are appended.
 * A body that resolves to a string is sent as it is when the step sets a content type that is not JSON; otherwise it is JSON text.
 *
 * @throws ExpressionError when a template cannot be evaluated.
 * @throws RequestError when the values do not make a request.
 */
export function renderRequest(step: HttpCallStep, scope: Scope, key: string): CallRequest {
  const url = renderUrl(step, scope);
  const headers = renderHeaders(step, scope);
  headers["idempotency-key"] = key;
  if (step.body === null) {
    return { method: step.method, url, headers, responseBytesMax: step.responseBytesMax };
  }
  const contentType = (headers["content-type"] ??= "application/json");
  const value = resolveValue(step.body, scope);
  const body = typeof value === "string" && !isJsonType(contentType) ? value : JSON.stringify(value);
  return { method: step.method, url, headers, body, responseBytesMax: step.responseBytesMax };
}

/** `POST https://api.example.com`: what a log line may say of a request. Path and query can hold payload. */
export function requestTarget(request: CallRequest): string {
  const [, scheme = "", authority = ""] = /^(https?:\/\/)([^/?#]*)/i.exec(request.url) ?? [];
  return `${request.method} ${scheme}${authority.slice(authority.lastIndexOf("@") + 1)}`;
}

function renderUrl(step: HttpCallStep, scope: Scope): string {
  const rendered = renderTemplate(step.url, scope, encodeUrlPart);
  // A fragment is never sent.
  const hash = rendered.indexOf("#");
  const base = hash === -1 ? rendered : rendered.slice(0, hash);
  const path = base.split("?", 1)[0] ?? "";
  // Targets resolve dot segments, encoded or not: a value of ".." would leave the path that the author wrote.
  if (/\/(?:\.|%2e){1,2}(?=\/|$)/i.test(path)) {
    throw new RequestError(`The address has a path segment "." or ".."; give the value that fills it another form`);
  }
  let url = base;
  for (const { name, value } of step.query) {
    const separator = !url.includes("?") ? "?" : url.endsWith("?") || url.endsWith("&") ? "" : "&";
    url += `${separator}${encodeUrlPart(name)}=${encodeUrlPart(renderTemplate(value, scope))}`;
  }
  if (url.length > URL_LENGTH_MAX) {
    throw new RequestError(
      `The address has ${url.length} characters; the limit is ${URL_LENGTH_MAX}. Move values to the body`,
    );
  }
  return url;
}

/** Lone surrogates, which UTF-8 cannot hold, become U+FFFD. */
function encodeUrlPart(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function renderHeaders(step: HttpCallStep, scope: Scope): { [name: string]: string } {
  const headers = Object.create(null) as { [name: string]: string };
  for (const { name, value } of step.headers) {
    const text = renderTemplate(value, scope);
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) {
      throw new RequestError(
        `The value of header "${name}" holds a line break, a control character or one beyond U+00FF; encode it, for example as base64`,
      );
    }
    headers[name.toLowerCase()] = text;
  }
  return headers;
}

function isJsonType(contentType: string): boolean {
  return /^[^;]*[/+]json\s*(?:;|$)/i.test(contentType);
}

/** The stable code and the message of what `renderRequest` or `evaluate` threw; anything else is a defect and is thrown on. */
export function explainFailure(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof ExpressionError) return { code: error.code, message: error.message };
  if (error instanceof RequestError) return { code: "request_invalid", message: error.message };
  throw error;
}
