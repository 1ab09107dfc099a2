import type { Json, JsonObject } from "@meshhook/core";

import { decoderOf, textOf, utf8Of } from "./charset.ts";
import { addField, emptyFields, tooManyFields, type Fields } from "./fields.ts";
import { mediaTypeOf } from "./media-type.ts";
import { invalidPart, readPartHeaders } from "./part-headers.ts";
import { withoutTransferEncoding } from "./transfer-encoding.ts";

const PARTS_MAX = 1_000;
const HEADERS_BYTES_MAX = 16_384;
const LINE_END = "\r\n";

interface Part {
  readonly name: string;
  /** Null: a field, not a file. */
  readonly filename: string | null;
  /** As the sender wrote it; null without one. */
  readonly contentType: string | null;
  readonly bytes: Buffer;
}

/**
 * Reads `multipart/form-data` (RFC 7578): fields by name as text, files as `{ filename, contentType, bytes, text }` or, where a file
 * is not text in UTF-8, `{ filename, contentType, bytes, base64 }`. A name that came several times has a list.
 *
 * Own code, because the body is already in memory, and existing parsers replace bytes that are not UTF-8 and drop parts that they do not
 * understand. Here both are refused.
 *
 * @throws HttpProblem  `multipart_invalid`, `too_many_fields`, and those of charsets.
 */
export function readMultipart(body: Buffer, boundary: string | null): Fields<Json> {
  if (boundary === null || boundary === "") throw invalidPart("The Content-Type of a multipart body needs a boundary");
  const parts = partsOf(body, boundary);
  const charset = defaultCharsetOf(parts);
  const fields = emptyFields<Json>();
  for (const part of parts) {
    const value =
      part.filename === null
        ? textOf(
            part.bytes,
            (part.contentType === null ? null : mediaTypeOf(part.contentType).charset) ?? charset,
            true,
          )
        : fileOf(part, part.filename);
    addField(fields, part.name, value);
  }
  return fields;
}

/** RFC 2046, section 5.1.1: parts stand between lines that begin with two hyphens and the boundary. */
function partsOf(body: Buffer, boundary: string): readonly Part[] {
  const delimiter = Buffer.from(`${LINE_END}--${boundary}`, "latin1");
  const opening = delimiter.subarray(LINE_END.length);
  const parts: Part[] = [];
  // Text before the first boundary is ignored.
  let at = body.subarray(0, opening.length).equals(opening) ? 0 : body.indexOf(delimiter) + LINE_END.length;
  if (at === LINE_END.length - 1) throw invalidPart("The body does not contain the boundary named in its Content-Type");
  for (;;) {
    const after = at + opening.length;
    if (body[after] === HYPHEN && body[after + 1] === HYPHEN) return parts;
    const start = startOfPart(body, after);
    const end = body.indexOf(delimiter, start - LINE_END.length);
    if (end === -1) throw invalidPart("The body ends before the closing boundary");
    if (parts.length === PARTS_MAX) throw tooManyFields(PARTS_MAX);
    parts.push(partOf(body.subarray(start, Math.max(start, end))));
    at = end + LINE_END.length;
  }
}

const HYPHEN = 0x2d;
const SPACE = 0x20;
const TAB = 0x09;

/** The boundary may be followed by blanks, then the line ends. */
function startOfPart(body: Buffer, after: number): number {
  let at = after;
  while (body[at] === SPACE || body[at] === TAB) at++;
  if (body[at] !== 0x0d || body[at + 1] !== 0x0a)
    throw invalidPart("A boundary is followed by something else on its line");
  return at + LINE_END.length;
}

function partOf(part: Buffer): Part {
  const isBare = part.subarray(0, LINE_END.length).toString("latin1") === LINE_END;
  const end = isBare ? 0 : part.indexOf(`${LINE_END}${LINE_END}`);
  if (end === -1) throw invalidPart("A part's headers have no end");
  if (end > HEADERS_BYTES_MAX) throw invalidPart("A part's headers are larger than 16 kB");
  const { transferEncoding, ...headers } = readPartHeaders(part.subarray(0, end));
  const content = part.subarray(isBare ? LINE_END.length : end + 2 * LINE_END.length);
  return { ...headers, bytes: withoutTransferEncoding(content, transferEncoding) };
}

/** RFC 7578, section 4.6: a field `_charset_` names the charset of the fields that name none. */
function defaultCharsetOf(parts: readonly Part[]): string | null {
  const label = parts.find(({ name, filename }) => name === "_charset_" && filename === null)?.bytes;
  if (label === undefined || label.length === 0) return null;
  const charset = label.toString("latin1").trim().toLowerCase();
  decoderOf(charset);
  return charset;
}

/** Only the last name of a path counts, as RFC 7578 (section 4.2) advises: the folders of the sender's machine are private. */
function fileOf({ contentType, bytes }: Part, path: string): JsonObject {
  const filename = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  const type = contentType === null ? null : mediaTypeOf(contentType);
  const isText = type !== null && type.kind !== null && type.kind !== "multipart";
  const text = isText ? utf8Of(bytes) : null;
  const file = { filename, contentType: contentType ?? "application/octet-stream", bytes: bytes.length };
  return text === null ? { ...file, base64: bytes.toString("base64") } : { ...file, text };
}
