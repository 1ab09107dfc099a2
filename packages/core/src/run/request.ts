import { countUnits, spentUnits } from "../expression/budget.ts";
import { ExpressionError } from "../expression/expression-error.ts";
import type { Scope, ValueTemplate } from "../expression/index.ts";
import { renderTemplate } from "../expression/template.ts";
import { resolveValue } from "../expression/value-template.ts";
import type { Json } from "../json.ts";
import type { HttpCallStep } from "../plan/plan.ts";
import { bodyFormOf } from "./content-type.ts";
import type { CallEffect, CallRequest } from "./effect.ts";
import { encodeFormHole, FIELD_UNITS, formText } from "./form-text.ts";
import { measureJson } from "./json-size.ts";
import { withSemantics } from "./semantics.ts";
import { encodeUrlPart, escapeMarkup, RequestError, requireWhole, textsOf } from "./request-values.ts";

const JSON_TYPE = "application/json";

/** Many servers and proxies cut or refuse longer addresses. */
const URL_LENGTH_MAX = 8192;

/** A request up to this size, in UTF-16 units, is kept while its call waits; a larger one is rendered again when it is sent. */
const KEPT_LENGTH_MAX = 16_384;

/**
 * The key under which a target recognizes repeats of a call: the same for all attempts of a step, and after a takeover.
 */
export function idempotencyKey(runId: string, node: string): string {
  return `mh-${runId}-${node}`;
}

/** A request whose templates have been evaluated, and whose JSON body has not been written as text yet. */
interface ResolvedRequest {
  /** Without its body. */
  readonly request: { -readonly [Name in keyof CallRequest]: CallRequest[Name] };
  /** Undefined: no body. */
  readonly body: { readonly text: string } | { readonly json: Json } | undefined;
}

/** Whose request it is: what the templates see, and what does not come from them. */
export interface RequestContext {
  readonly scope: Scope;
  readonly key: string;
  /** Engine semantics of the run. */
  readonly semantics: number;
}

/**
 * Makes the request of an `http_call` step from its templates.
 *
 * Holes in the address are percent-encoded, so that a value can add neither a path segment nor a query; query pairs are appended.
 * A body is written by its content type, JSON where the step names none: a string as it is, unless the type is JSON; an object as
 * JSON, or as fields where the type is a form. Holes in the text of a form or of XML and HTML are encoded as these need it, so that a
 * value can add neither a field nor an element.
 *
 * @throws ExpressionError when a template cannot be evaluated.
 * @throws RequestError when the values do not make a request.
 */
export function renderRequest(step: HttpCallStep, context: RequestContext): CallRequest {
  return withSemantics(context.semantics, () => written(resolve(step, context)));
}

/**
 * Makes the request of a step that starts: whatever can be wrong with it shows now. A large one is not kept, unless rendering it costs
 * more than its size: the run's budget bounds how many of those there are.
 *
 * @param again  Gives what the step's expressions saw, whenever the request is rendered again.
 * @throws ExpressionError, RequestError as `renderRequest`.
 */
export function prepareRequest(
  step: HttpCallStep,
  context: RequestContext,
  again: () => Scope,
): Pick<CallEffect, "target" | "requestBytes" | "request"> {
  const unitsBefore = spentUnits();
  const resolved = resolve(step, context);
  const target = requestTarget(resolved.request);
  const requestBytes = lengthOf(resolved);
  if (requestBytes > KEPT_LENGTH_MAX && requestBytes > spentUnits() - unitsBefore) {
    const { key, semantics } = context;
    return { target, requestBytes, request: () => renderRequest(step, { scope: again(), key, semantics }) };
  }
  const request = written(resolved);
  return { target, requestBytes, request: () => request };
}

function resolve(step: HttpCallStep, context: RequestContext): ResolvedRequest {
  const url = renderUrl(step, context.scope);
  const headers = renderHeaders(step, context.scope);
  headers["idempotency-key"] = context.key;
  const body =
    step.body === null ? undefined : resolveBody(step.body, (headers["content-type"] ??= JSON_TYPE), context);
  const request: ResolvedRequest["request"] = {
    method: step.method,
    url,
    headers,
    responseBytesMax: step.responseBytesMax,
  };
  if (context.semantics > 1) {
    const { statuses, max } = step.redirects;
    if (statuses.length > 0) request.redirects = { statuses, max };
    if (step.atMostOnce) request.needsFreshConnection = true;
  }
  return { request, body };
}

function resolveBody(
  body: ValueTemplate,
  contentType: string,
  { scope, semantics }: RequestContext,
): { readonly text: string } | { readonly json: Json } {
  const form = bodyFormOf(contentType);
  const encode =
    semantics === 1 ? undefined : form === "form" ? encodeFormHole : form === "markup" ? escapeMarkup : undefined;
  if (encode !== undefined && body.root.kind === "template") {
    return { text: requireWhole(renderTemplate(body.root.template, scope, encode), "The body") };
  }
  const value = resolveValue(body, scope);
  if (typeof value === "string" && form !== "json") {
    return { text: semantics === 1 ? value : requireWhole(value, "The body") };
  }
  return form === "form" && semantics >= 2 ? { text: formText(value) } : { json: value };
}

function encodeAddressHole(text: string): string {
  return encodeUrlPart(text, "A value in the address");
}

function written({ request, body }: ResolvedRequest): CallRequest {
  if (body !== undefined) request.body = "text" in body ? body.text : JSON.stringify(body.json);
  return request;
}

function lengthOf({ request: { method, url, headers }, body }: ResolvedRequest): number {
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
  const rendered = renderTemplate(step.url, scope, encodeAddressHole);
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
    const what = `Query parameter "${name}"`;
    for (const text of textsOf(resolveValue(value, scope), what)) {
      countUnits(FIELD_UNITS + ((name.length + text.length) >>> 2));
      const separator = !url.includes("?") ? "?" : url.endsWith("?") || url.endsWith("&") ? "" : "&";
      url += `${separator}${encodeUrlPart(name, what)}=${encodeUrlPart(text, what)}`;
    }
  }
  if (url.length > URL_LENGTH_MAX) {
    throw new RequestError(
      `The address has ${url.length} characters; the limit is ${URL_LENGTH_MAX}. Move values to the body`,
    );
  }
  return url;
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

/** The stable code and the message of what `renderRequest` or `evaluate` threw; anything else is a defect and is thrown on. */
export function explainFailure(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof ExpressionError) return { code: error.code, message: error.message };
  if (error instanceof RequestError) return { code: "request_invalid", message: error.message };
  throw error;
}
