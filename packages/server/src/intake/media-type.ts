import { MIMEType } from "node:util";

/** How a body is read. */
export type BodyKind = "json" | "form" | "multipart" | "text" | "xml";

/** The parts of a Content-Type that decide how a body is read. */
export interface MediaType {
  /** Null for a type that is not supported. */
  readonly kind: BodyKind | null;
  /** As the sender wrote it; null without one. */
  readonly charset: string | null;
  /** Of a multipart body. */
  readonly boundary: string | null;
}

/** The usual type, so that most webhooks need no look-up. */
const PLAIN_JSON: MediaType = { kind: "json", charset: null, boundary: null };
const UNREADABLE: MediaType = { kind: null, charset: null, boundary: null };
const known = new Map<string, MediaType>([["application/json", PLAIN_JSON]]);
/** Values come from outside and would fill the memory without bounds. */
const KNOWN_MAX = 1_000;
const KNOWN_CHARACTERS_MAX = 200;

/**
 * Reads a Content-Type as browsers do (WHATWG MIME Sniffing, section 4.4): names in any case, empty or odd parameters are ignored, because
 * none of them changes what JSON, a form or text is.
 */
export function mediaTypeOf(contentType: string): MediaType {
  if (contentType === "application/json") return PLAIN_JSON;
  const seen = known.get(contentType);
  if (seen !== undefined) return seen;
  const read = parse(contentType) ?? parse(onlyOf(contentType)) ?? UNREADABLE;
  // Every body has a different boundary.
  if (read.boundary === null && contentType.length <= KNOWN_CHARACTERS_MAX && known.size < KNOWN_MAX)
    known.set(contentType, read);
  return read;
}

function parse(contentType: string): MediaType | null {
  let type: MIMEType;
  try {
    type = new MIMEType(contentType);
  } catch {
    return null;
  }
  const kind = kindOf(type.essence);
  return { kind, charset: charsetOf(type), boundary: kind === "multipart" ? type.params.get("boundary") : null };
}

function kindOf(essence: string): BodyKind | null {
  if (JSON_TYPES.has(essence) || essence.endsWith("+json")) return "json";
  if (essence === "application/x-www-form-urlencoded") return "form";
  if (essence === "multipart/form-data") return "multipart";
  if (essence === "application/xml" || essence === "text/xml" || essence.endsWith("+xml")) return "xml";
  return essence.startsWith("text/") || TEXT_TYPE.test(essence) ? "text" : null;
}

const JSON_TYPES: ReadonlySet<string> = new Set([
  "application/json",
  "text/json",
  "application/x-json",
  "text/x-json",
  "application/csp-report",
]);
/** Text by their definitions: lines of JSON, as log services send them, and signed tokens, such as security events (RFC 8935). */
const TEXT_TYPE = /^application\/(?:(?:x-)?ndjson|(?:x-)?jsonl(?:ines)?|jwt|.*\+jwt)$/;

function charsetOf(type: MIMEType): string | null {
  const charset = type.params.get("charset")?.trim().toLowerCase() ?? "";
  return charset === "" ? null : charset;
}

/** Proxies join repeated lines with commas; the same value several times counts once. */
function onlyOf(contentType: string): string {
  const values = new Set(contentType.split(",").map((value) => value.trim().toLowerCase()));
  values.delete("");
  return values.size === 1
    ? contentType
        .split(",")
        .find((value) => value.trim() !== "")!
        .trim()
    : "";
}
