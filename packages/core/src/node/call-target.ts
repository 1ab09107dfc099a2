import { quote } from "../error/issue.ts";
import type { Template } from "../expression/index.ts";
import { checkCallUrl, checkText } from "./call-url.ts";
import type { ConfigReader } from "./config-reader.ts";
import { readHeaders, type HeaderTemplate } from "./header-list.ts";

/** Set by MeshHook (`host`, `content-length`, `idempotency-key`) or by the connection's own rules (RFC 9110 7.6.1). */
const FORBIDDEN_HEADERS = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "idempotency-key",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Reads the headers of a request. Mistakes become issues. */
export function readCallHeaders(
  headers: { readonly [name: string]: string } | undefined,
  reader: ConfigReader,
): readonly HeaderTemplate[] {
  return readHeaders(headers ?? {}, ["headers"], whyForbidden, reader);
}

/** Reads the URL of a call, whose scheme and host are literal. Mistakes become issues. */
export function readCallUrl(text: string, reader: ConfigReader): Template {
  const before = reader.issues.length;
  const url = reader.template(["url"], text);
  if (reader.issues.length > before) return url;
  const [head] = url.parts;
  const rest = url.parts.slice(1).filter((part) => typeof part === "string");
  const problem =
    checkCallUrl(typeof head === "string" ? head : "", url.parts.length > 1) ??
    rest.map(checkText).find((found) => found !== null);
  if (problem !== null && problem !== undefined) {
    reader.report(
      ["url"],
      "url_invalid",
      `The URL ${quote(text)} cannot be called: ${problem}.`,
      "Write an absolute URL such as https://api.example.com/items/{{ input.id }}.",
    );
  }
  return url;
}

function whyForbidden(header: string): string | null {
  return FORBIDDEN_HEADERS.has(header) || header.startsWith("proxy-") ? "MeshHook or the connection sets it" : null;
}
