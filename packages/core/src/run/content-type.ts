import { textBefore } from "./text-before.ts";

/** How the body of a request is written, by its content type. */
export type BodyForm = "json" | "form" | "xml" | "html" | "multipart" | "text";

/** Parameters, case and white space do not matter (RFC 9110 8.3.1); `+json` and `+xml` count as JSON and XML (RFC 6839). */
export function bodyFormOf(contentType: string): BodyForm {
  const type = textBefore(contentType, ";").trim().toLowerCase();
  if (/[/+]json$/.test(type)) return "json";
  if (type === "application/x-www-form-urlencoded") return "form";
  if (type === "multipart/form-data") return "multipart";
  if (/[/+]xml$/.test(type)) return "xml";
  return type === "text/html" ? "html" : "text";
}

/** RFC 9110 8.3.1. A parameter's value is a token or a quoted text. */
const CONTENT_TYPE =
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*;[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|"[^"\\]*"))*$/;

/** Says whether a text is a content type. */
export function isContentType(text: string): boolean {
  return CONTENT_TYPE.test(text);
}

/**
 * What is wrong with the content type of a body that MeshHook writes; null when it fits.
 *
 * @param isText  The body is written as text, which is always UTF-8.
 */
export function contentTypeFault(
  contentType: string,
  isText: boolean,
): { readonly what: string; readonly fix: string } | null {
  if (!isContentType(contentType)) {
    return { what: "is not a content type", fix: "Write it like text/html or application/json" };
  }
  const charset = charsetOf(contentType);
  if (!isText || charset === undefined || charset === "utf-8") return null;
  return { what: `names the charset ${charset}, but the body is sent as UTF-8`, fix: "Leave the charset out" };
}

/** A valid content type with `charset=utf-8`, where it is text and names no charset: browsers would guess one. */
export function withCharset(contentType: string): string {
  return /^text\//i.test(contentType) && charsetOf(contentType) === undefined
    ? `${contentType}; charset=utf-8`
    : contentType;
}

/** A parameter in a whole content type; a quoted value may look like another one. */
const PARAMETER = /;[ \t]*([^=;\s]+)=("[^"]*"|[^;\s]*)/g;

/** The first one counts (WHATWG MIME Sniffing, section 4.4). */
function charsetOf(contentType: string): string | undefined {
  for (const [, name, value] of contentType.matchAll(PARAMETER)) {
    if (name?.toLowerCase() === "charset") return value?.replaceAll('"', "").toLowerCase();
  }
  return undefined;
}
