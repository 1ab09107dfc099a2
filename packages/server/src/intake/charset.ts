import { utf16Order } from "@meshhook/runtime/utf16-order";

import { HttpProblem } from "../http-problem.ts";

/** Drops a byte order mark, which RFC 8259 (section 8.1) lets a reader of JSON ignore. */
const utf8 = new TextDecoder("utf-8", { fatal: true });
const UTF_8_LABELS = /^(?:utf-?8|utf_8|unicode-1-1-utf-8|utf8mb4|us-ascii|ascii|ansi_x3\.4-1968)$/;
const UTF_16_LABEL = /^(?:utf-?16(?:le|be)?|ucs-2|iso-10646-ucs-2|unicode|csunicode|unicodef{4})$/;
/** Text in these consists of ASCII characters, so it would pass for UTF-8. */
const SEVEN_BIT_LABELS = /^(?:iso-2022-|csiso2022|hz-gb-2312|utf-7)/;
const NAME_CHARACTERS_MAX = 40;

/** The text of bytes in UTF-8 without a byte order mark; null when they are not UTF-8. */
export function utf8Of(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

/**
 * The text of a body.
 *
 * A byte order mark decides. Without one, the declared charset counts, and without that, UTF-8.
 *
 * @param charset  From the Content-Type, in lower case.
 * @param isAdvice  True where the type gives the charset no meaning (JSON, forms): a text that is valid UTF-8 is read as UTF-8, whatever
 * was declared.
 * @throws HttpProblem  `body_not_utf8`, `body_not_in_charset`, `content_type_unsupported` (an unknown charset).
 */
export function textOf(bytes: Buffer, charset: string | null, isAdvice: boolean): string {
  if (hasUtf32Mark(bytes)) return decode(bytes, "utf-32");
  if (hasUtf16Mark(bytes)) return decode(bytes, bytes[0] === 0xff ? "utf-16le" : "utf-16be");
  if (charset === null || UTF_8_LABELS.test(charset) || hasUtf8Mark(bytes)) return requireUtf8(bytes);
  if (UTF_16_LABEL.test(charset)) {
    // In UTF-16, half of every sign of JSON is a zero byte.
    if (isAdvice && !bytes.includes(0)) return requireUtf8(bytes);
    return decode(bytes, utf16Of(bytes, charset));
  }
  const asUtf8 = isAdvice && !SEVEN_BIT_LABELS.test(charset) ? utf8Of(bytes) : null;
  return asUtf8 ?? decode(bytes, charset);
}

/** @throws HttpProblem  `body_not_utf8` */
function requireUtf8(bytes: Uint8Array): string {
  const text = utf8Of(bytes);
  if (text === null)
    throw new HttpProblem(
      "body_not_utf8",
      "The body contains bytes that are not valid UTF-8; encode it in UTF-8, or name its charset in Content-Type",
    );
  return text;
}

/** The text without a byte order mark. @throws HttpProblem  `body_not_in_charset`, `content_type_unsupported`. */
export function decode(bytes: Uint8Array, charset: string): string {
  const decoder = decoderOf(charset);
  try {
    const text = decoder.decode(bytes);
    // GB 18030 has a mark too, and the platform drops only those of UTF-8 and UTF-16.
    return text.startsWith("\ufeff") && !decoder.encoding.startsWith("utf-") ? text.slice(1) : text;
  } catch {
    throw new HttpProblem(
      "body_not_in_charset",
      `The body contains bytes that are not valid in its charset, "${charset.slice(0, NAME_CHARACTERS_MAX)}"`,
    );
  }
}

/** @throws HttpProblem  `content_type_unsupported` */
export function decoderOf(charset: string): InstanceType<typeof TextDecoder> {
  for (const label of [charset, charset.replaceAll("_", "-"), charset.replace(/^cp-?(?=\d)/, "windows-")]) {
    try {
      return new TextDecoder(label, { fatal: true });
    } catch {
      // The next spelling.
    }
  }
  throw new HttpProblem(
    "content_type_unsupported",
    `The charset "${charset.slice(0, NAME_CHARACTERS_MAX)}" is not supported; send UTF-8`,
  );
}

function hasUtf8Mark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function hasUtf16Mark(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

/** Its first half is the mark of UTF-16; no text starts with U+0000. */
function hasUtf32Mark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xfe && bytes[2] === 0 && bytes[3] === 0;
}

/** @throws HttpProblem  `body_not_in_charset`: without a mark, "UTF-16" leaves the byte order open, and nothing in the text shows it. */
function utf16Of(bytes: Uint8Array, charset: string): string {
  if (charset.endsWith("be")) return "utf-16be";
  if (charset.endsWith("le")) return "utf-16le";
  const order = utf16Order(bytes);
  if (order === null)
    throw new HttpProblem(
      "body_not_in_charset",
      `The byte order of the body in "${charset}" is not known; start it with a byte order mark, or name utf-16le or utf-16be`,
    );
  return order;
}
