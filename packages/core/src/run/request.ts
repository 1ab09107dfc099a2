import { countUnits } from "../expression/budget.ts";
import { ExpressionError } from "../expression/expression-error.ts";
import type { Scope } from "../expression/index.ts";
import { renderTemplate } from "../expression/template.ts";
import { resolveValue } from "../expression/value-template.ts";
import type { Json } from "../json.ts";
import type { HttpCallStep } from "../plan/plan.ts";
import type { CallEffect, CallRequest } from "./effect.ts";
import { measureJson } from "./json-size.ts";

/** Longer addresses are cut or refused on many ways. */
const URL_LENGTH_MAX = 8192;

/** A request up to this size, in UTF-16 units, is kept while its call waits; a larger one is rendered again when it is sent. */
const KEPT_LENGTH_MAX = 16_384;

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

/** A request whose templates have been evaluated, and whose JSON body has not been written as text yet. */
interface ResolvedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  /** Undefined: no body. */
  readonly body: { readonly text: string } | { readonly json: Json } | undefined;
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
  return written(step, resolve(step, scope, key));
}

/**
 * Makes the request of a step that starts: whatever can be wrong with it shows now. A large one is not kept.
 *
 * @param again  Gives what the step's expressions saw, whenever the request is rendered again.
 * @throws ExpressionError, RequestError as `renderRequest`.
 */
export function prepareRequest(
  step: HttpCallStep,
  scope: Scope,
  key: string,
  again: () => Scope,
): Pick<CallEffect, "target" | "requestBytes" | "request"> {
  const resolved = resolve(step, scope, key);
  const target = requestTarget(resolved);
  const requestBytes = lengthOf(resolved);
  if (requestBytes > KEPT_LENGTH_MAX) {
    return { target, requestBytes, request: () => renderRequest(step, again(), key) };
  }
  const request = written(step, resolved);
  return { target, requestBytes, request: () => request };
}

function resolve(step: HttpCallStep, scope: Scope, key: string): ResolvedRequest {
  const url = renderUrl(step, scope);
  const headers = renderHeaders(step, scope);
  headers["idempotency-key"] = key;
  if (step.body === null) return { method: step.method, url, headers, body: undefined };
  const contentType = (headers["content-type"] ??= "application/json");
  const value = resolveValue(step.body, scope);
  const body = typeof value === "string" && !isJsonType(contentType) ? { text: value } : { json: value };
  return { method: step.method, url, headers, body };
}

function written(step: HttpCallStep, { method, url, headers, body }: ResolvedRequest): CallRequest {
  const { responseBytesMax } = step;
  if (body === undefined) return { method, url, headers, responseBytesMax };
  return { method, url, headers, body: "text" in body ? body.text : JSON.stringify(body.json), responseBytesMax };
}

function lengthOf({ method, url, headers, body }: ResolvedRequest): number {
  let length = method.length + url.length;
  for (const name of Object.keys(headers)) length += name.length + (headers[name]?.length ?? 0) + 4;
  if (body === undefined) return length;
  if ("text" in body) return length + body.text.length;
  // About the length of the JSON text, which is not written before it is sent: no escapes, and 6 characters for signs and whatever is not text.
  const { values, characters } = measureJson(body.json);
  countUnits(values);
  return length + characters + 6 * values;
}

/** `POST https://api.example.com`: what a log line may say of a request. Path and query can hold payload. */
export function requestTarget(request: Pick<CallRequest, "method" | "url">): string {
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
