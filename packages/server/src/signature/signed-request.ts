import { Refusal } from "../refusal.ts";

/** What the check of a signature looks at, as it was sent. */
export interface SignedRequest {
  readonly method?: string | undefined;
  /** The request target. */
  readonly url?: string | undefined;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
}

/** No signature of any sender is longer, even with several keys. */
const HEADER_CHARACTERS_MAX = 2_048;

/** The refusal of every wrong signature. `cause` is for the endpoint's owner only; it contains nothing secret. */
export function invalid(cause: string): Refusal {
  return new Refusal("signature_invalid", cause);
}

/**
 * The value of a header that must come exactly once. Node joins repeated headers or drops all but one; here, two are a fault, because
 * others on the way may have looked at the other one.
 *
 * @param name  In lower case.
 * @throws Refusal
 */
export function headerOf(request: SignedRequest, name: string, charactersMax = HEADER_CHARACTERS_MAX): string {
  const value = optionalHeaderOf(request, name, charactersMax);
  if (value === null) throw invalid(`The header ${name} is missing`);
  return value;
}

/** The same for a header that may be missing: null. @throws Refusal */
export function optionalHeaderOf(
  { rawHeaders }: SignedRequest,
  name: string,
  charactersMax = HEADER_CHARACTERS_MAX,
): string | null {
  let found: string | null = null;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const given = rawHeaders[at] ?? "";
    if (given.length !== name.length || given.toLowerCase() !== name) continue;
    if (found !== null) throw invalid(`The header ${name} was sent more than once`);
    found = rawHeaders[at + 1] ?? "";
  }
  if (found !== null && found.length > charactersMax)
    throw invalid(`The header ${name} has ${found.length} characters; at most ${charactersMax} are read`);
  return found;
}

/** The query of the request target with its question mark; empty without one. */
export function queryOf({ url = "" }: SignedRequest): string {
  const at = url.indexOf("?");
  return at === -1 ? "" : url.slice(at);
}

/**
 * The address that the sender signed: as configured or, without that, as the request names it, with the query as it was sent.
 *
 * @param configured  Without a query; null: https, which is what senders use, whatever proxies make of it.
 */
export function addressOf(request: SignedRequest, configured: string | null): string {
  const query = queryOf(request);
  if (configured !== null) return configured + query;
  const { url = "" } = request;
  // Also absolute targets have the path last.
  const path = url.slice(0, url.length - query.length).replace(/^https?:\/\/[^/]*/i, "");
  return `https://${headerOf(request, "host")}${path}${query}`;
}
