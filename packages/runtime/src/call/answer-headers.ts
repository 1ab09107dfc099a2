import { isUtf8 } from "node:buffer";
import { isCredential } from "./header-names.ts";

/** By lower-case name, as undici gives them: a list where a name came several times, each byte one character. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Headers that say nothing about the answer once it was read: its framing and coding, the connection, and rules for browsers.
 * Everything else is kept, because people need what no list foresees: `operation-location`, `x-total-count`, `stripe-version`.
 */
const LEFT_OUT =
  /^(?:connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|content-encoding|alt-svc|content-security-policy(?:-report-only)?|cross-origin-.*|access-control-.*|permissions-policy|feature-policy|referrer-policy|strict-transport-security|report-to|reporting-endpoints|nel|expect-ct|clear-site-data|origin-agent-cluster|server-timing|timing-allow-origin|x-frame-options|x-xss-protection|x-content-type-options|x-permitted-cross-domain-policies|x-download-options|x-dns-prefetch-control|x-powered-by|accept-ch)$/;

/** An answer's headers are stored with its run permanently. */
const KEPT_BYTES_MAX = 16_384;

/** Names repeat from answer to answer; this bounds what a target can leave behind. */
const NAMES_MAX = 1_000;
const isKeptByName = new Map<string, boolean>();

function isKept(name: string): boolean {
  let known = isKeptByName.get(name);
  if (known === undefined) {
    known = !LEFT_OUT.test(name) && !isCredential(name);
    if (isKeptByName.size >= NAMES_MAX) isKeptByName.clear();
    isKeptByName.set(name, known);
  }
  return known;
}

/**
 * The headers of an answer that become facts: all but credentials and those in `LEFT_OUT`. `content-length` only where it is all that
 * is told about the body, as for HEAD. What would go beyond 16 kB in total is left out, the last first.
 */
export function keptHeaders(headers: AnswerHeaders, hasBody: boolean): { [name: string]: string } {
  const kept: { [name: string]: string } = {};
  let bytes = 0;
  for (const name in headers) {
    if ((hasBody && name === "content-length") || !isKept(name)) continue;
    const text = headerText(headers[name]);
    if (text === undefined) continue;
    bytes += name.length + text.length;
    if (bytes > KEPT_BYTES_MAX) break;
    // A plain assignment of this name would set the prototype.
    if (name !== "__proto__") kept[name] = text;
  }
  return kept;
}

/** A header's lines as one text. Bytes beyond ASCII are UTF-8 where they can be, otherwise Latin-1. */
export function headerText(value: string | string[] | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === "string" ? value : value.join(", ");
  if (!/[\x80-\xff]/.test(text)) return text;
  const bytes = Buffer.from(text, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : text;
}
