import type { IncomingHttpHeaders } from "node:http";

import { isCredential } from "@meshhook/runtime/header-names";

/**
 * Headers that serve the connection or say how to answer, which are of no use in a run. (`content-encoding` has been undone, so it would be
 * wrong.)
 */
const OF_THE_CONNECTION = new Set([
  "accept",
  "accept-charset",
  "accept-encoding",
  "cache-control",
  "connection",
  "content-encoding",
  "content-length",
  "dnt",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "pragma",
  "prefer",
  "priority",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "upgrade-insecure-requests",
]);
/** Headers that proxies add: they are not the sender's and often contain a person's address. */
const OF_PROXIES =
  /^(?:forwarded|via|true-client-ip|x-forwarded-.*|x-original-.*|x-real-ip|x-(?:cluster-)?client-ip|x-request-start|x-cloud-trace-context|x-amzn-trace-id|x-amz-cf-.*|x-envoy-.*|x-arr-.*|x-azure-.*|x-vercel-.*|x-nf-.*|x-appengine-.*|fly-.*|cf-.*|cdn-.*|fastly-.*|akamai-.*|sec-.*|proxy-.*)$/;

const decisions = new Map<string, boolean>();
const DECISIONS_MAX = 1_000;
const BEYOND_ASCII = /[\u0080-\u00ff]/;
const utf8 = new TextDecoder("utf-8", { fatal: true });

export interface KeptHeaders {
  /** Lower-case names, whole values. */
  readonly headers: { readonly [name: string]: string };
  /** The number of names in the request, which shows whether one came twice. */
  readonly names: number;
}

/**
 * The headers of a sender that a run sees: all except credentials, signatures, and those that serve the connection or were added on the
 * way.
 */
export function keptHeaders(headers: IncomingHttpHeaders): KeptHeaders {
  const kept = Object.create(null) as Record<string, string>;
  let names = 0;
  for (const name in headers) {
    names++;
    if (!isKept(name)) continue;
    const value = headers[name];
    if (typeof value === "string") kept[name] = BEYOND_ASCII.test(value) ? textOf(value) : value;
  }
  const { connection } = headers;
  if (connection !== undefined && connection !== "keep-alive" && connection !== "close") leaveOut(kept, connection);
  return { headers: kept, names };
}

/**
 * The same for a name that came in several lines, each of them a value (RFC 9110, section 5.3): for some names, such as `user-agent`, Node
 * gives only the first line.
 */
export function withRepeatedLines(
  kept: KeptHeaders["headers"],
  rawHeaders: readonly string[],
): { readonly [name: string]: string } {
  const lines = new Map<string, string[]>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? "";
    const value = rawHeaders[at + 1] ?? "";
    const present = lines.get(name);
    if (present === undefined) lines.set(name, [value]);
    else present.push(value);
  }
  const headers = Object.assign(Object.create(null) as Record<string, string>, kept);
  for (const [name, values] of lines)
    // A body can have only one type; two are refused.
    if (values.length > 1 && name !== "content-type" && Object.hasOwn(kept, name))
      headers[name] = textOf(values.join(", "));
  return headers;
}

/** `name`: the endpoint's own header for signatures, which may have any name. In lower case. */
export function withoutHeader(kept: KeptHeaders["headers"], name: string): KeptHeaders["headers"] {
  const headers = Object.assign(Object.create(null) as Record<string, string>, kept);
  delete headers[name];
  return headers;
}

/** Headers that Connection names are for the next hop only (RFC 9110, section 7.6.1). */
function leaveOut(kept: Record<string, string>, connection: string): void {
  for (const name of connection.toLowerCase().split(",")) delete kept[name.trim()];
}

export function isKept(name: string): boolean {
  const known = decisions.get(name);
  if (known !== undefined) return known;
  const decision = !isCredential(name) && !OF_THE_CONNECTION.has(name) && !OF_PROXIES.test(name);
  // Names come from outside and would fill the memory without a bound.
  if (decisions.size < DECISIONS_MAX) decisions.set(name, decision);
  return decision;
}

/** Node reads headers as one byte per character; bytes that are valid UTF-8 are meant as UTF-8. */
function textOf(value: string): string {
  try {
    return utf8.decode(Buffer.from(value, "latin1"));
  } catch {
    return value;
  }
}
