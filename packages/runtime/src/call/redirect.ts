import { redirectedMethod, type Redirect } from "@meshhook/core";

import { isCredential } from "./header-names.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";

/** An answer led to where a call must not go. Becomes the failure `redirect_failed`. */
export class RedirectError extends Error {
  override readonly name = "RedirectError";
}

/** A request on its way: where it goes now, and how it got there. */
export interface Leg {
  readonly url: URL;
  readonly request: OutgoingRequest;
}

/**
 * What the next request is after an answer with this status and `Location`, or null when the answer is not to be followed: its
 * status is not in the rule, or it gives no address that can be read.
 *
 * Where the method becomes GET (`redirectedMethod`), the body and what describes it go. Otherwise they stay. Credentials and secrets are not carried to another
 * origin, not even back.
 * `idempotency-key` stays everywhere: it gives no rights, and a target behind a redirect must recognize repeats too.
 *
 * @throws RedirectError
 */
export function followRedirect(
  leg: Leg,
  status: number,
  location: string | undefined,
  redirects: readonly Redirect[],
): Leg | null {
  const { request } = leg;
  const rule = request.redirects;
  if (rule === undefined || location === undefined || !rule.statuses.includes(status)) return null;
  const url = resolveLocation(location, leg.url);
  if (url === null) return null;
  // Messages name no more than an origin: a path can hold a secret or payload.
  const shown = url.origin;
  if (redirects.length >= rule.max) {
    throw new RedirectError(`More than ${rule.max} redirects; the last leads to ${shown}`);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new RedirectError(`A redirect leads to ${url.protocol}, which cannot be called; use http: or https:`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new RedirectError(`A redirect leads to ${shown} with a user or a password in the address; they are not sent`);
  }
  if (leg.url.protocol === "https:" && url.protocol === "http:") {
    throw new RedirectError(`A redirect leads from https to ${shown}, where anybody on the way could read the request`);
  }
  return { url, request: nextRequest(leg, url, status) };
}

function nextRequest({ request, url: from }: Leg, url: URL, status: number): OutgoingRequest {
  const method = redirectedMethod(request.method, status);
  const becomesGet = method !== request.method;
  const isOtherOrigin = url.origin !== from.origin;
  const headers: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (becomesGet && describesBody(name)) continue;
    if (isOtherOrigin && (isCredential(name) || request.secretHeaders?.has(name) === true)) continue;
    headers[name] = value;
  }
  if (isOtherOrigin && !becomesGet && request.hasSecretBody === true) {
    throw new RedirectError(
      `A redirect leads to ${url.origin}, but the body holds a secret, which is for ${from.origin} only`,
    );
  }
  const { body, tlsIdentity, ...rest } = request;
  const shown = tlsIdentity === undefined || isOtherOrigin ? {} : { tlsIdentity };
  const next = { ...rest, ...shown, headers, url: url.href };
  if (becomesGet) return { ...next, method };
  return body === undefined ? next : { ...next, body };
}

function describesBody(name: string): boolean {
  return name.startsWith("content-") || name === "digest" || name === "repr-digest";
}

/** By the rules of browsers: relative forms, spaces and characters beyond ASCII are taken; the fragment is not sent. */
function resolveLocation(location: string, base: URL): URL | null {
  const url = URL.parse(location, base.href);
  if (url !== null) url.hash = "";
  return url;
}

/** An address for the fact: a user, a password and a query may be secrets. */
export function storedUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
