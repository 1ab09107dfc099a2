import type { IncomingHttpHeaders } from "node:http";

/** Headers that become part of the delivery; everything else, credentials and signatures above all, is forgotten. */
const KEPT = new Set([
  "content-type",
  "user-agent",
  "x-request-id",
  "x-event-key",
  "idempotency-key",
  "webhook-id",
  "webhook-timestamp",
]);
const KEPT_PREFIXES = ["x-github-", "x-gitlab-event", "x-shopify-", "x-event-", "ce-"];
/** Never kept, whatever a prefix says. */
const SECRET = /auth|cookie|hmac|key|password|secret|signature|token/;
const VALUE_CHARACTERS_MAX = 1_024;

const decisions = new Map<string, boolean>();
const DECISIONS_MAX = 1_000;

/** The headers to keep, lower-case names, long values cut. `extra`: one more name to keep (the endpoint's dedupe header), unless it is a credential's. */
export function keptHeaders(headers: IncomingHttpHeaders, extra: string | null): { [name: string]: string } {
  const kept = Object.create(null) as Record<string, string>;
  for (const name in headers) {
    if (!isKept(name) && (name !== extra || SECRET.test(name))) continue;
    const value = headers[name];
    if (typeof value === "string")
      kept[name] = value.length <= VALUE_CHARACTERS_MAX ? value : value.slice(0, VALUE_CHARACTERS_MAX);
  }
  return kept;
}

function isKept(name: string): boolean {
  const known = decisions.get(name);
  if (known !== undefined) return known;
  const decision = KEPT.has(name) || (KEPT_PREFIXES.some((prefix) => name.startsWith(prefix)) && !SECRET.test(name));
  // Names come from outside: without a bound they would fill the memory.
  if (decisions.size < DECISIONS_MAX) decisions.set(name, decision);
  return decision;
}
