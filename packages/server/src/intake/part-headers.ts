import { HttpProblem } from "../http-problem.ts";
import { decode, utf8Of } from "./charset.ts";

/** What the headers of a part of a multipart body say. */
export interface PartHeaders {
  readonly name: string;
  /** Null: a field, not a file. */
  readonly filename: string | null;
  /** As the sender wrote it; null without one. */
  readonly contentType: string | null;
  readonly transferEncoding: string | null;
}

const ONCE = new Set(["content-disposition", "content-type", "content-transfer-encoding"]);

/**
 * Reads the headers of a part: RFC 7578, and what mail software adds, folded lines (RFC 5322, section 2.2.3) and values in a charset or in
 * pieces (RFC 2231, RFC 8187). Anything that breaks the rules is refused: half a name is another name.
 *
 * @throws HttpProblem  `multipart_invalid`, `body_not_utf8`.
 */
export function readPartHeaders(bytes: Buffer): PartHeaders {
  const text = utf8Of(bytes);
  if (text === null)
    throw new HttpProblem(
      "body_not_utf8",
      "The headers of a part, such as the name of its file, contain bytes that are not valid UTF-8; write names in UTF-8",
    );
  const headers = new Map<string, string>();
  for (const line of text === "" ? [] : text.replace(/\r\n(?=[ \t])/g, "").split("\r\n")) {
    const [, name, value = ""] = /^([!-9;-~]+)[ \t]*:([^\r\n]*)$/.exec(line) ?? [];
    if (name === undefined) throw invalidPart(`A header line of a part is malformed: "${shown(line)}"`);
    const key = name.toLowerCase();
    if (headers.has(key) && ONCE.has(key)) throw invalidPart(`A part has the header ${name} twice`);
    headers.set(key, value.trim());
  }
  const disposition = headers.get("content-disposition") ?? "";
  const kind = /^form-data(?=\s*(?:;|$))/i.exec(disposition)?.[0];
  const parameters = kind === undefined ? null : parametersOf(disposition.slice(kind.length));
  const name = parameters === null ? null : parameterOf(parameters, "name");
  if (parameters === null || name === null)
    throw invalidPart("A part has no Content-Disposition of type form-data with a name");
  return {
    name,
    filename: parameterOf(parameters, "filename"),
    contentType: headers.get("content-type") ?? null,
    transferEncoding: headers.get("content-transfer-encoding") ?? null,
  };
}

type Parameters = ReadonlyMap<string, string>;

const PARAMETER = /\s*;(?:\s*([^=;\s"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]*)))?/y;

/** Values by name, quoted or not. Browsers percent-encode a quotation mark and line ends, others escape them with a backslash. */
function parametersOf(text: string): Parameters {
  const parameters = new Map<string, string>();
  let at = 0;
  for (;;) {
    PARAMETER.lastIndex = at;
    const match = PARAMETER.exec(text);
    if (match === null) break;
    at = PARAMETER.lastIndex;
    const [, given, quoted, token = ""] = match;
    if (given === undefined) continue;
    const name = given.toLowerCase();
    if (parameters.has(name)) throw invalidPart(`The Content-Disposition of a part has ${shown(given)} twice`);
    const value =
      quoted === undefined
        ? token
        : quoted.replace(/\\(["\\])/g, "$1").replace(/%(?:22|0d|0a)/gi, (code) => bytesOf(code).toString());
    parameters.set(name, value);
  }
  const rest = text.slice(at).trim();
  if (rest !== "")
    throw invalidPart(
      `The Content-Disposition of a part is malformed from "${shown(rest)}" on; put values in quotation marks`,
    );
  return parameters;
}

/** `filename*`, else `filename*0` and its successors, else `filename`. RFC 7578 has only the last, but some senders write the others. */
function parameterOf(parameters: Parameters, name: string): string | null {
  const extended = parameters.get(`${name}*`);
  if (extended !== undefined) {
    const { charset, bytes } = extendedOf(extended, name);
    return decodedIn(charset, bytes, name);
  }
  return inPiecesOf(parameters, name) ?? parameters.get(name) ?? null;
}

/** RFC 2231, section 3: pieces are counted from 0; the first one that is in a charset names it for all. */
function inPiecesOf(parameters: Parameters, name: string): string | null {
  const count = [...parameters.keys()].filter((key) => key.startsWith(`${name}*`)).length;
  if (count === 0) return null;
  const pieces: Buffer[] = [];
  let charset = "utf-8";
  for (let at = 0; at < count; at++) {
    const plain = parameters.get(`${name}*${at}`);
    const extended = parameters.get(`${name}*${at}*`);
    if (plain !== undefined && extended === undefined) pieces.push(Buffer.from(plain));
    else if (extended !== undefined && plain === undefined && at === 0) {
      const first = extendedOf(extended, name);
      charset = first.charset;
      pieces.push(first.bytes);
    } else if (extended !== undefined && plain === undefined) pieces.push(percentDecoded(extended, name));
    else throw invalidPart(`The pieces of a part's ${name} are not counted from 0`);
  }
  return decodedIn(charset, Buffer.concat(pieces), name);
}

function extendedOf(value: string, name: string): { readonly charset: string; readonly bytes: Buffer } {
  const [, charset, encoded = ""] = /^([^']+)'[^']*'(.*)$/.exec(value) ?? [];
  if (charset === undefined)
    throw invalidPart(`The ${name}* of a part does not start with a charset and two apostrophes`);
  return { charset: charset.toLowerCase(), bytes: percentDecoded(encoded, name) };
}

function percentDecoded(text: string, name: string): Buffer {
  if (/%(?![0-9a-f]{2})/i.test(text)) throw invalidPart(`The ${name}* of a part contains a % without two hex digits`);
  return bytesOf(text);
}

function bytesOf(text: string): Buffer {
  return Buffer.from(
    Buffer.from(text)
      .toString("latin1")
      .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
}

function decodedIn(charset: string, bytes: Buffer, name: string): string {
  try {
    return decode(bytes, charset);
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    const code = error.code === "content_type_unsupported" ? "multipart_invalid" : "body_not_utf8";
    throw new HttpProblem(
      code,
      `The ${name} of a part is not text in its charset, "${shown(charset)}"; write it in UTF-8`,
    );
  }
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

export function invalidPart(detail: string): HttpProblem {
  return new HttpProblem("multipart_invalid", `${detail}; send multipart/form-data as defined in RFC 7578`);
}
