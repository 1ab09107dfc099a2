import type { Span } from "./span.ts";

/** RFC 5321, section 4.5.3.1.1. */
const LOCAL_MAX = 64;
const LOCAL = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]/u;
/** Labels of at most 63 characters, of which the last one is no number (RFC 5321, section 4.5.3.1.2: at most 255 in all). */
const DOMAIN = /(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}(?:xn--[a-z0-9-]{1,59}|\p{L}{2,63})/uy;

/**
 * E-mail addresses without quotes, also those with letters beyond ASCII (RFC 6531). Not found are quoted local parts, addresses of
 * a host's network address, and names without a dot such as `root@localhost`.
 */
export function findEmails(text: string): readonly Span[] {
  const spans: Span[] = [];
  for (let sign = text.indexOf("@"); sign !== -1; sign = text.indexOf("@", sign + 1)) {
    const taken = spans.at(-1)?.to ?? 0;
    let from = sign;
    while (from > taken && sign - from < LOCAL_MAX && LOCAL.test(text.charAt(from - 1))) from--;
    while (from < sign && text[from] === ".") from++;
    if (from === sign) continue;
    DOMAIN.lastIndex = sign + 1;
    const domain = DOMAIN.exec(text);
    if (domain !== null) spans.push({ from, to: sign + 1 + domain[0].length });
  }
  return spans;
}
