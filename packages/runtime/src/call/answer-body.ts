import { isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";

import { type CallRequest, JsonInputError, parseJsonInput, readXml, XmlFault, type Json } from "@meshhook/core";

import { utf16Order } from "./utf16-order.ts";

/** A body as the fact holds it. */
export interface AnswerBody {
  readonly body: Json;
  readonly bodyEncoding?: "base64";
  readonly bodyError?: string;
}

/**
 * Reads a body by its content type: JSON as its value, other text as text, anything else as base64.
 *
 * The charset is the byte order mark's, else the content type's, else what XML or HTML say about themselves, else UTF-8. JSON and its
 * kin are UTF-8 whenever their bytes are, whatever the content type says: their senders have no choice (RFC 8259 8.1), and a label comes
 * from a server that does not know. Bytes that are not in that charset are kept as base64, so no character is ever replaced: what is
 * text here is what was sent.
 *
 * @param type  How the body is to be read, whatever its content type.
 */
export function readAnswerBody(
  bytes: Buffer,
  contentType: string | undefined,
  type?: CallRequest["responseType"],
): AnswerBody {
  if (bytes.length === 0) return { body: "" };
  if (type === "base64") return base64(bytes);
  const media = type === undefined ? mediaOf(contentType) : { ...mediaOf(contentType), ...WANTED[type] };
  if (media.kind === "binary") return base64(bytes);
  const text = readText(bytes, media);
  if (typeof text !== "string") return text;
  if (type === "xml") return readXmlBody(text);
  if (media.kind !== "json") return { body: text };
  try {
    return { body: parseJsonInput(text) };
  } catch (error) {
    if (!(error instanceof JsonInputError)) throw error;
    return { body: text, bodyError: error.message };
  }
}

const NO_LISTS: ReadonlySet<string> = new Set();

function readXmlBody(text: string): AnswerBody {
  try {
    return { body: readXml(text, NO_LISTS) };
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error;
    return { body: text, bodyError: error.message };
  }
}

/** A body whose content coding could not be undone. */
export function keepUndecoded(bytes: Buffer, reason: string): AnswerBody {
  return base64(bytes, `The body is kept as it came: ${reason}`);
}

interface Media {
  /** `unknown`: the content type does not tell text from bytes, so the bytes do. */
  readonly kind: "json" | "text" | "binary" | "unknown";
  readonly isXml: boolean;
  readonly isHtml: boolean;
  /** Of a format that is UTF-8 by its definition. */
  readonly isUtf8First: boolean;
  /** As the content type says it; null: it does not. */
  readonly charset: string | null;
}

/** What a type that the request asks for says about the media. */
const WANTED = {
  json: { kind: "json", isXml: false, isHtml: false, isUtf8First: true },
  text: { kind: "text" },
  xml: { kind: "text", isXml: true, isHtml: false },
} as const;

const JSON_SUBTYPE = /^(?:x-)?json$|\+json$/;
const UTF_8_SUBTYPE = /^(?:(?:x-)?ndjson|(?:x-)?jsonl(?:ines)?|json-seq|toml)$/;
const TEXT_SUBTYPE =
  /^(?:xml|.*\+xml|xml-dtd|(?:x-)?javascript|ecmascript|x-www-form-urlencoded|graphql|(?:x-)?yaml|.*\+yaml|toml|csv|(?:x-)?ndjson|(?:x-)?jsonl(?:ines)?|json-seq|sql|jwt|jose|(?:x-)?sh|x-pem-file|pem-certificate-chain|sdp|http)$/;
const BINARY_TYPE = /^(?:image|audio|video|font|model)$/;
const BINARY_SUBTYPE = /^(?:pdf|zip|(?:x-)?gzip|zstd|x-tar|wasm)$/;
const CHARSET = /;\s*charset\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s;"',]+))/i;

/** Content types are few and their spellings repeat; this bounds what a target can leave behind. */
const MEDIA_MAX = 256;
const mediaByType = new Map<string, Media>();

function mediaOf(contentType = ""): Media {
  const known = mediaByType.get(contentType);
  if (known !== undefined) return known;
  const media = parseMedia(contentType);
  if (mediaByType.size >= MEDIA_MAX) mediaByType.clear();
  mediaByType.set(contentType, media);
  return media;
}

function parseMedia(contentType: string): Media {
  const [, type = "", subtype = ""] = /^\s*([^\s/;,]+)\/([^\s/;,]+)/.exec(contentType.toLowerCase()) ?? [];
  const [, quoted, single, plain] = CHARSET.exec(contentType) ?? [];
  const charset = (quoted ?? single ?? plain)?.replaceAll(/\\(.)/g, "$1").trim().toLowerCase() ?? "";
  const isXml = /(?:^|\+)xml$/.test(subtype);
  return {
    kind: kindOf(type, subtype, isXml, charset !== ""),
    isXml,
    isHtml: subtype === "html",
    isUtf8First: JSON_SUBTYPE.test(subtype) || UTF_8_SUBTYPE.test(subtype),
    charset: charset === "" ? null : charset,
  };
}

function kindOf(type: string, subtype: string, isXml: boolean, hasCharset: boolean): Media["kind"] {
  if (JSON_SUBTYPE.test(subtype)) return "json";
  if (type === "text" || isXml || TEXT_SUBTYPE.test(subtype)) return "text";
  if (BINARY_TYPE.test(type) || BINARY_SUBTYPE.test(subtype)) return "binary";
  return hasCharset ? "text" : "unknown";
}

function readText(bytes: Buffer, media: Media): string | AnswerBody {
  const named = byteOrderMark(bytes) ?? labelOf(bytes, media) ?? ownCharset(bytes, media) ?? "utf-8";
  const charset = UTF_16.has(named) ? utf16Order(bytes) : named;
  if (charset === null) return base64(bytes, `The body is in ${named}, and its byte order is not known`);
  const isAscii = ASCII.has(charset);
  if (charset === "utf-8" || charset === "utf8" || isAscii) {
    if (!isUtf8(bytes)) {
      const name = isAscii ? charset : "UTF-8";
      return media.kind === "unknown" ? base64(bytes) : base64(bytes, `The body is not valid ${name}`);
    }
    const text = bytes.toString("utf8", hasUtf8Mark(bytes) ? 3 : 0);
    return media.kind === "unknown" && CONTROL.test(text) ? base64(bytes) : text;
  }
  const decoder = decoderOf(charset);
  if (decoder === null) {
    return base64(bytes, `The charset "${charset.slice(0, 60)}" is unknown`);
  }
  try {
    return decoder.decode(bytes);
  } catch {
    decoders.delete(charset);
    return base64(bytes, `The body is not valid ${charset}`);
  }
}

/** Names of ASCII. The Encoding Standard takes it for windows-1252, which has a character for nearly any byte; here it is a part of UTF-8. */
const ASCII = new Set(["us-ascii", "ascii", "ansi_x3.4-1968", "iso-ir-6", "iso646-us", "iso_646.irv:1991", "cp367"]);

/** Labels that leave the byte order open. */
const UTF_16 = new Set(["utf-16", "utf16", "ucs-2", "iso-10646-ucs-2", "unicode", "csunicode"]);

const ESCAPE = 0x1b;

/** What the content type says; null where it says nothing, or nothing that counts against the bytes. */
function labelOf(bytes: Buffer, { charset, isUtf8First }: Media): string | null {
  if (charset === null || charset === "utf-8" || !isUtf8First) return charset;
  if (hasZeroInFront(bytes)) return null;
  // ISO-2022-JP is 7-bit, so its bytes pass for UTF-8; the escapes that tell it stand in no JSON.
  return isUtf8(bytes) && !bytes.includes(ESCAPE) ? null : charset;
}

/** JSON and XML begin with an ASCII character, so a zero beside it tells UTF-16 (RFC 4627 3). */
function hasZeroInFront(bytes: Buffer): boolean {
  return (bytes[0] === 0) !== (bytes[1] === 0);
}

// What separates text from bytes in the eye of `file`: control characters other than white space.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0e-\x1f\x7f]/;

function hasUtf8Mark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function byteOrderMark(bytes: Buffer): string | null {
  const [first, second, third, fourth] = bytes;
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0 ? "utf-32" : "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  return hasUtf8Mark(bytes) ? "utf-8" : null;
}

/** What a document says about its own charset. Where that is UTF-16, it was read as ASCII to see it, so it is UTF-8 (WHATWG HTML). */
function ownCharset(bytes: Buffer, { kind, isXml, isHtml }: Media): string | null {
  if ((kind === "json" || isXml) && hasZeroInFront(bytes)) return bytes[0] === 0 ? "utf-16be" : "utf-16le";
  if (!isXml && !isHtml) return null;
  const head = bytes.toString("latin1", 0, 1_024);
  const own =
    /^\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"'\s]+)["']/.exec(head)?.[1] ??
    (isHtml ? /<meta\s[^>]*?\bcharset\s*=\s*["']?([^"'\s;/>]+)/i.exec(head)?.[1] : undefined);
  const charset = own?.toLowerCase();
  return charset === undefined || charset.startsWith("utf-16") ? null : charset;
}

const decoders = new Map<string, TextDecoder>();

/** By the labels of the WHATWG Encoding Standard; null for one that is not among them. */
function decoderOf(label: string): TextDecoder | null {
  const known = decoders.get(label);
  if (known !== undefined) return known;
  try {
    const decoder = new TextDecoder(label, { fatal: true });
    decoders.set(label, decoder);
    return decoder;
  } catch {
    return null;
  }
}

function base64(bytes: Buffer, bodyError?: string): AnswerBody {
  const body = bytes.toString("base64");
  if (bodyError === undefined) return { body, bodyEncoding: "base64" };
  return { body, bodyEncoding: "base64", bodyError: `${bodyError}. It is kept as base64` };
}
