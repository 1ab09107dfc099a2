import { countUnits, spentUnits } from "../expression/budget.ts";
import { ExpressionError } from "../expression/expression-error.ts";
import type { Scope, ValueTemplate } from "../expression/index.ts";
import { countMarkers, encodeAroundMarkers, markedReferences, showMarkers } from "../expression/reference.ts";
import { renderTemplate } from "../expression/template.ts";
import { resolveValue } from "../expression/value-template.ts";
import type { Json } from "../json.ts";
import type { HttpCallStep } from "../plan/plan.ts";
import { bodyFormOf } from "./content-type.ts";
import type { CallEffect, CallRequest, ReferenceForm, RequestReference, TextRange } from "./effect.ts";
import { encodeFormHole, FIELD_UNITS, formText } from "./form-text.ts";
import { measureJson } from "./json-size.ts";
import { multipartBody } from "./multipart-text.ts";
import { withSemantics } from "./semantics.ts";
import { textBefore } from "./text-before.ts";
import { xmlText } from "./xml-text.ts";
import { encodeFormPart, encodeUrlPart, escapeMarkup, RequestError, requireWhole, textsOf } from "./request-values.ts";

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
  readonly body: ResolvedBody | undefined;
}

type ResolvedBody =
  | { readonly text: string; readonly form: ReferenceForm; readonly base64?: readonly TextRange[] }
  | { readonly json: Json };

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
  return withSemantics(context.semantics, () => written(step, resolve(step, context)));
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
  const isLarge = requestBytes > KEPT_LENGTH_MAX && requestBytes > spentUnits() - unitsBefore;
  // A place that is not what it seems to be shows when the text is written.
  const request = isLarge && step.referenceCount === 0 ? null : written(step, resolved);
  if (request !== null && !isLarge) return { target, requestBytes, request: () => request };
  const { key, semantics } = context;
  return { target, requestBytes, request: () => renderRequest(step, { scope: again(), key, semantics }) };
}

function resolve(step: HttpCallStep, context: RequestContext): ResolvedRequest {
  const url = renderUrl(step, context.scope);
  const headers = renderHeaders(step, context.scope);
  headers["idempotency-key"] = context.key;
  const body = step.body === null ? undefined : resolveBody(step, step.body, headers, context);
  const request: ResolvedRequest["request"] = {
    method: step.method,
    url,
    headers,
    responseBytesMax: step.responseBytesMax,
  };
  if (step.signingKeys.length > 0) request.signingKeys = step.signingKeys;
  if (step.tls !== null) request.tls = step.tls;
  if (step.responseType !== "auto") request.responseType = step.responseType;
  if (context.semantics > 1) {
    const { statuses, max } = step.redirects;
    if (statuses.length > 0) request.redirects = { statuses, max };
    if (step.atMostOnce) request.needsFreshConnection = true;
  }
  return { request, body };
}

function resolveBody(
  step: HttpCallStep,
  body: ValueTemplate,
  headers: { [name: string]: string },
  { scope, semantics, key }: RequestContext,
): ResolvedBody {
  const contentType = (headers["content-type"] ??= JSON_TYPE);
  const form = bodyFormOf(contentType);
  const isMarkup = form === "xml" || form === "html";
  const encode =
    semantics === 1
      ? undefined
      : form === "form"
        ? encodeFormHole
        : isMarkup
          ? (text: string) => escapeMarkup(text)
          : undefined;
  const referenceForm = form === "form" ? "form" : isMarkup ? "markup" : "text";
  if (encode !== undefined && body.root.kind === "template") {
    return {
      text: requireWhole(renderTemplate(body.root.template, scope, encode), "The body"),
      form: referenceForm,
    };
  }
  const value = resolveValue(body, scope);
  if (typeof value === "string" && form !== "json") {
    return { text: semantics === 1 ? value : requireWhole(value, "The body"), form: referenceForm };
  }
  if (form === "form" && semantics >= 2) return { text: formText(value, aroundReferences(step, encodeFormPart)), form };
  if (semantics < 4) return { json: value };
  if (form === "xml") return { text: xmlText(value), form: "markup" };
  if (form !== "multipart") return { json: value };
  const { text, boundary, base64 } = multipartBody(value, key);
  if (/;[ \t]*boundary=/i.test(contentType)) {
    throw new RequestError("The content type names a boundary, which MeshHook chooses; write multipart/form-data only");
  }
  headers["content-type"] = `${contentType}; boundary=${boundary}`;
  return { text, form: "text", base64 };
}

/** An encoder that leaves the places of references as they are, for steps that have some. */
function aroundReferences(
  step: HttpCallStep,
  encode: (text: string, what: string) => string,
): (text: string, what: string) => string {
  if (step.referenceCount === 0) return encode;
  return (text, what) => encodeAroundMarkers(text, (part) => encode(part, what));
}

function encodeAddressHole(text: string): string {
  return encodeUrlPart(text, "A value in the address");
}

function written(step: HttpCallStep, { request, body }: ResolvedRequest): CallRequest {
  if (body !== undefined) {
    request.body = "text" in body ? body.text : JSON.stringify(body.json);
    if ("text" in body && body.base64 !== undefined && body.base64.length > 0) request.base64 = body.base64;
  }
  if (step.referenceCount > 0) nameReferences(step, request, body !== undefined && "text" in body ? body.form : "json");
  return request;
}

/**
 * Notes the places of references, and puts what people see there.
 *
 * @throws RequestError when a value that came from outside holds the characters of a marker.
 */
function nameReferences(step: HttpCallStep, request: ResolvedRequest["request"], bodyForm: ReferenceForm): void {
  const references: RequestReference[] = [];
  let count = 0;
  const take = (part: RequestReference["part"], text: string, form: ReferenceForm): string => {
    count += countMarkers(text);
    for (const found of markedReferences(text)) references.push({ ...found, part, form });
    return showMarkers(text);
  };
  request.url = take("url", request.url, "url");
  const headers = Object.create(null) as { [name: string]: string };
  for (const [name, value] of Object.entries(request.headers)) headers[name] = take(`headers.${name}`, value, "text");
  request.headers = headers;
  if (request.body !== undefined) request.body = take("body", request.body, bodyForm);
  if (count !== step.referenceCount || references.length !== count) {
    throw new RequestError(
      "A value of the request holds U+FDD0, which is not a character and cannot be sent along with a secret; remove it, for example with replace()",
    );
  }
  request.references = references;
}

function lengthOf({ request: { method, url, headers }, body }: ResolvedRequest): number {
  let length = method.length + url.length;
  for (const name of Object.keys(headers)) length += name.length + String(headers[name]).length + 4;
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
  const base = textBefore(rendered, "#");
  const path = textBefore(base, "?");
  // Targets resolve dot segments, encoded or not: a value of ".." would leave the path that the author wrote.
  if (/\/(?:\.|%2e){1,2}(?=\/|$)/i.test(path)) {
    throw new RequestError(`The address has a path segment "." or ".."; give the value that fills it another form`);
  }
  let url = base;
  const encode = aroundReferences(step, encodeUrlPart);
  for (const { name, value } of step.query) {
    const what = `Query parameter "${name}"`;
    for (const text of textsOf(resolveValue(value, scope), what)) {
      countUnits(FIELD_UNITS + ((name.length + text.length) >>> 2));
      const separator = !url.includes("?") ? "?" : url.endsWith("?") || url.endsWith("&") ? "" : "&";
      url += `${separator}${encodeUrlPart(name, what)}=${encode(text, what)}`;
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
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(step.referenceCount === 0 ? text : showMarkers(text))) {
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
