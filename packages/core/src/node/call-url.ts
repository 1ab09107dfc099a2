/** What is wrong with the URL of an http_call, in one sentence; null when nothing is. */
export type UrlProblem = string | null;

const SCHEME = /^(https?):\/\//i;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;

/**
 * Checks the literal part of a URL template, stricter than the WHATWG URL parser, which repairs much: scheme and host must
 * be literal, so that the sender of a webhook cannot choose the target of the call.
 *
 * @param head  The text before the first hole; the whole text when there is none.
 * @param hasHole  Whether a hole follows.
 */
export function checkCallUrl(head: string, hasHole: boolean): UrlProblem {
  const scheme = SCHEME.exec(head);
  if (scheme === null) return `it must start with "https://" or "http://", written literally`;
  const rest = head.slice(scheme[0].length);
  const end = rest.search(/[/?]/);
  if (end === -1 && hasHole) return `the host must be written literally and end with "/" before the first hole`;
  return checkText(head) ?? checkAuthority(end === -1 ? rest : rest.slice(0, end));
}

/** Checks literal text of a URL: no white space or control characters, no backslash (read in two ways), no fragment (never sent). */
export function checkText(text: string): UrlProblem {
  const bad = /[\s\\#]|\p{Cc}/u.exec(text)?.[0];
  return bad === undefined ? null : `it contains the character ${JSON.stringify(bad)}, which must be percent-encoded`;
}

function checkAuthority(authority: string): UrlProblem {
  if (authority.includes("@")) return "it must not contain a user name or password; send them in a header";
  const parts = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority);
  if (parts === null) return `"${authority}" is not a host with an optional port`;
  const [, host = "", port] = parts;
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535))
    return `the port "${port}" is not between 1 and 65535`;
  if (host === "") return "the host is missing";
  if (host.startsWith("[")) return isIpv6(host.slice(1, -1)) ? null : `"${host}" is not an IPv6 address`;
  if (/[^\u0021-\u007e]/.test(host)) return `the host "${host}" must be in its ASCII form (xn--…)`;
  const labels = host.split(".");
  // WHATWG reads a host whose last label is a number as an IPv4 address in any of six notations.
  if (/^(?:\d+|0x[\da-f]*)$/i.test(labels.at(-1) ?? ""))
    return IPV4.test(host) ? null : `"${host}" is not an IPv4 address`;
  if (host.length > 253 || !labels.every((label) => LABEL.test(label))) return `"${host}" is not a host name`;
  return null;
}

function isIpv6(address: string): boolean {
  const halves = address.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const tail = groups.at(-1) ?? "";
  const hasIpv4 = IPV4.test(tail);
  const hex = hasIpv4 ? groups.slice(0, -1) : groups;
  if (!hex.every((group) => /^[\da-f]{1,4}$/i.test(group))) return false;
  const length = hex.length + (hasIpv4 ? 2 : 0);
  return halves.length === 2 ? length < 8 : length === 8;
}
