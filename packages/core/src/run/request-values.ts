import type { Json } from "../json.ts";
import { isArray } from "../json-kind.ts";
import { isNumeric, numberText } from "../json-number.ts";

/** The values do not make a request that can be sent. Step error `request_invalid`. */
export class RequestError extends Error {
  override readonly name = "RequestError";
}

/**
 * The texts for a value of a query or a form: one for a string, a number or a boolean, one for each element of a list, and none for null,
 * because a missing value is not sent.
 *
 * @param what  For the message: `Query parameter "tag"`.
 * @throws RequestError for an object, and for a list that contains null, a list or an object.
 */
export function textsOf(value: Json, what: string): readonly string[] {
  if (value === null) return [];
  if (isArray(value)) {
    return value.map((element, index) => {
      if (element === null) {
        throw new RequestError(
          `${what} is a list whose element ${index} is null; leave such elements out, as in list[?@ != null]`,
        );
      }
      return textOf(element, `Element ${index} of ${what.charAt(0).toLowerCase()}${what.slice(1)}`);
    });
  }
  return [textOf(value, what)];
}

function textOf(value: Json, what: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (isNumeric(value)) return numberText(value);
  const kind = isArray(value) ? "a list inside a list" : "an object";
  throw new RequestError(
    `${what} is ${kind}, for which there is no common form; name its parts, as in "address[city]", or send it as text with to_string()`,
  );
}

/**
 * Returns the text if UTF-8 can encode it. Half a surrogate pair would become U+FFFD in transit, a different value.
 *
 * @param what  For the message: `Query parameter "tag"`.
 * @throws RequestError
 */
export function requireWhole(text: string, what: string): string {
  if (text.isWellFormed()) return text;
  throw new RequestError(
    `${what} holds half of a surrogate pair, which is not a character and cannot be sent as UTF-8; replace it, or leave the value out`,
  );
}

/**
 * Percent-encodes one part of an address.
 *
 * @throws RequestError like `requireWhole`.
 */
export function encodeUrlPart(text: string, what: string): string {
  return encodeURIComponent(requireWhole(text, what));
}

/**
 * Encodes a name or a value of a form. Source: URL Standard, application/x-www-form-urlencoded.
 *
 * @throws RequestError like `requireWhole`.
 */
export function encodeFormPart(text: string, what: string): string {
  return (
    encodeUrlPart(text, what)
      .replaceAll("%20", "+")
      // A regular expression with a callback takes ten times as long.
      .replaceAll("!", "%21")
      .replaceAll("'", "%27")
      .replaceAll("(", "%28")
      .replaceAll(")", "%29")
      .replaceAll("~", "%7E")
  );
}

/**
 * Escapes a text for a place between tags or inside a quoted attribute, in XML and in HTML.
 *
 * @throws RequestError for characters that XML cannot hold in any form.
 */
export function escapeMarkup(text: string, what = "A value of the body"): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  const bad = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.exec(text)?.[0];
  if (bad !== undefined) {
    const code = bad.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    throw new RequestError(`${what} holds U+${code}, which XML and HTML cannot hold; encode it, for example as base64`);
  }
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
