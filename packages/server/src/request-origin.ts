import type { IncomingHttpHeaders } from "node:http";

/**
 * Where a request comes from, according to its browser: `own`, a page of this origin; `foreign`, any other page; `unknown`, no browser said
 * so (most likely a program).
 *
 * `Sec-Fetch-Site` (W3C Fetch Metadata) decides where it is sent, which browsers do for https and the loopback. Elsewhere `Origin` decides:
 * browsers add it to every request that may change something.
 */
export function requestOrigin(headers: IncomingHttpHeaders): "own" | "foreign" | "unknown" {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin" ? "own" : "foreign";
  const { origin, host } = headers;
  if (origin === undefined) return "unknown";
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase() ? "own" : "foreign";
}
