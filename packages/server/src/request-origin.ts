import type { IncomingHttpHeaders } from "node:http";

/**
 * Where a request comes from, as its browser says: `own`, a page of this very origin; `foreign`, any other page; `unknown`, no
 * browser that says so (a program, most likely).
 *
 * `Sec-Fetch-Site` (W3C Fetch Metadata) decides where it is sent, which browsers do for https and the loopback. `Origin` stands in
 * elsewhere: browsers add it to every request that may change something.
 */
export function requestOrigin(headers: IncomingHttpHeaders): "own" | "foreign" | "unknown" {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin" ? "own" : "foreign";
  const { origin, host } = headers;
  if (origin === undefined) return "unknown";
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase() ? "own" : "foreign";
}
