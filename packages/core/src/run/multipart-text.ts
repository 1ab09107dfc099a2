import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { countUnits } from "../expression/budget.ts";
import type { Json, JsonObject } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import { isContentType } from "./content-type.ts";
import type { TextRange } from "./effect.ts";
import { RequestError, requireWhole, textsOf } from "./request-values.ts";

const LINE_END = "\r\n";
/** The cost of a part besides its characters. */
const PART_UNITS = 60;
const FILE_KEYS: ReadonlySet<string> = new Set(["filename", "contentType", "text", "base64"]);

/** A body of several parts. */
export interface MultipartBody {
  readonly text: string;
  readonly boundary: string;
  /** The parts of the text that are Base64 and sent as bytes. */
  readonly base64: readonly TextRange[];
}

/**
 * Writes an object as `multipart/form-data` (RFC 7578): fields by the rules for query parameters, and files, which are objects
 * `{ filename, contentType?, text | base64 }` or lists of them.
 *
 * @param key  The call's idempotency key. The boundary follows from it, so that every attempt sends the same bytes.
 * @throws RequestError
 */
export function multipartBody(value: Json, key: string): MultipartBody {
  if (!isObject(value)) {
    throw new RequestError("The body of a multipart form must be an object of fields and files; it is another value");
  }
  const boundary = `meshhook-${bytesToHex(sha256(utf8ToBytes(key))).slice(0, 32)}`;
  const base64: TextRange[] = [];
  let text = "";
  for (const [name, field] of Object.entries(value)) {
    const what = `The field "${name.toWellFormed()}"`;
    for (const file of filesOf(field, what)) {
      const { header, content, isBase64 } = partOf(name, file, what);
      countUnits(PART_UNITS + (content.length >>> 3));
      text += `--${boundary}${LINE_END}${header}${LINE_END}${LINE_END}`;
      if (isBase64 && content !== "") base64.push({ at: text.length, length: content.length });
      text += `${content}${LINE_END}`;
      if (content.includes(boundary)) {
        throw new RequestError(`${what} holds the boundary of the body; send it as base64`);
      }
    }
  }
  return { text: `${text}--${boundary}--${LINE_END}`, boundary, base64 };
}

/** A part: a text, or an object that is a file. */
function filesOf(field: Json, what: string): readonly (string | JsonObject)[] {
  if (isObject(field)) return [field];
  if (isArray(field) && field.some((item) => isObject(item))) {
    return field.map((item) => {
      if (isObject(item)) return item;
      throw new RequestError(`${what} is a list of files and other values; give a list of one kind`);
    });
  }
  return textsOf(field, what);
}

function partOf(
  name: string,
  file: string | JsonObject,
  what: string,
): { readonly header: string; readonly content: string; readonly isBase64: boolean } {
  const disposition = `content-disposition: form-data; name="${quoted(name, what)}"`;
  if (typeof file === "string") return { header: disposition, content: requireWhole(file, what), isBase64: false };
  const { filename, contentType, text, base64 } = file;
  const isBase64 = base64 !== undefined;
  const content = base64 ?? text;
  const unknown = Object.keys(file).find((key) => !FILE_KEYS.has(key));
  if (
    typeof filename !== "string" ||
    typeof content !== "string" ||
    (isBase64 && text !== undefined) ||
    unknown !== undefined
  ) {
    throw new RequestError(
      `${what} is not a file: a file is {"filename": …, "contentType": …, "text": … or "base64": …}, all of them text; give other objects as text with to_string()`,
    );
  }
  const type = contentType ?? (isBase64 ? "application/octet-stream" : "text/plain; charset=utf-8");
  if (typeof type !== "string" || !isContentType(type)) {
    throw new RequestError(
      `The content type of ${what.charAt(0).toLowerCase()}${what.slice(1)} is not one; write it like image/png`,
    );
  }
  if (isBase64 && (content.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(content))) {
    throw new RequestError(`${what} is not base64 (RFC 4648, section 4, with padding); give text instead`);
  }
  return {
    header: `${disposition}; filename="${quoted(filename, what)}"${LINE_END}content-type: ${type}`,
    content: isBase64 ? content : requireWhole(content, what),
    isBase64,
  };
}

/** Source: HTML Standard, multipart/form-data encoding algorithm. */
function quoted(text: string, what: string): string {
  return requireWhole(text, what).replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
