import type { Json } from "@meshhook/core";

import { HttpProblem } from "../http-problem.ts";
import { decode, decoderOf, textOf, utf8Of } from "./charset.ts";

/** The most fields of one body: each becomes a value, and a hundred thousand of them would block everything else. */
const FIELDS_MAX = 20_000;
/** What the lenient decoder of URLs puts in place of bytes that are not UTF-8. */
const REPLACEMENT = "\ufffd";

/** Values by name, in the order sent: text for a name that came once, a list for a name that came several times. */
export type Fields<T extends Json> = { [name: string]: T | T[] };

export function emptyFields<T extends Json>(): Fields<T> {
  return Object.create(null) as Fields<T>;
}

/** What a request without a query has. */
export const NO_QUERY = Object.freeze(emptyFields<string>());

export function addField<T extends Json>(fields: Fields<T>, name: string, value: T): void {
  const present = fields[name];
  if (present === undefined) fields[name] = value;
  else if (Array.isArray(present)) present.push(value);
  else fields[name] = [present, value];
}

/**
 * Reads the query of an address.
 *
 * @throws HttpProblem  `query_not_utf8`: a character that cannot be decoded must not become another one.
 */
export function readQuery(text: string): Fields<string> {
  const fields = lenientFieldsOf(text);
  if (fields !== null) return fields;
  return collect(pairsOf(text), (bytes) => {
    const value = utf8Of(bytes);
    if (value === null)
      throw new HttpProblem(
        "query_not_utf8",
        "The query string contains percent-encoded bytes that are not valid UTF-8; encode it in UTF-8",
      );
    return value;
  });
}

/**
 * Reads `application/x-www-form-urlencoded`.
 *
 * UTF-8 if the bytes are valid UTF-8; otherwise the charset of the Content-Type, or the one that a field `_charset_` (HTML) or `charset`
 * (PayPal) names.
 *
 * @throws HttpProblem  `too_many_fields`, `body_not_utf8`, `body_not_in_charset`, `content_type_unsupported`.
 */
export function readForm(body: Buffer, charset: string | null): Fields<string> {
  requireFewFields(body);
  const text = utf8Of(body);
  const fields = text === null ? null : lenientFieldsOf(text);
  if (fields !== null) return fields;
  const pairs = [...pairsOf(body.toString("latin1"))];
  if (pairs.every(([name, value]) => utf8Of(name) !== null && utf8Of(value) !== null))
    return collect(pairs, (bytes) => utf8Of(bytes) ?? "");
  const named = charset ?? charsetFieldOf(pairs);
  if (named === null) return collect(pairs, (bytes) => textOf(bytes, null, true));
  decoderOf(named);
  return collect(pairs, (bytes) => decode(bytes, named));
}

/** @throws HttpProblem  `too_many_fields` */
function requireFewFields(body: Buffer): void {
  let count = 1;
  for (let at = body.indexOf("&"); at !== -1; at = body.indexOf("&", at + 1)) {
    if (++count > FIELDS_MAX) throw tooManyFields(FIELDS_MAX);
  }
}

export function tooManyFields(max: number): HttpProblem {
  return new HttpProblem("too_many_fields", `The form has more than ${max} fields; split it into several requests`);
}

/** Null when part of it may not be UTF-8. */
function lenientFieldsOf(text: string): Fields<string> | null {
  const fields = emptyFields<string>();
  // The platform's parser drops a leading question mark; after an ampersand it stays.
  for (const [name, value] of new URLSearchParams(`&${text}`)) {
    if (name.includes(REPLACEMENT) || value.includes(REPLACEMENT)) return null;
    addField(fields, name, value);
  }
  return fields;
}

type Pair = readonly [name: Buffer, value: Buffer];

function collect(pairs: Iterable<Pair>, read: (bytes: Buffer) => string): Fields<string> {
  const fields = emptyFields<string>();
  for (const [name, value] of pairs) addField(fields, read(name), read(value));
  return fields;
}

/** Names and values as bytes. `text` holds one byte per character. */
function* pairsOf(text: string): Generator<Pair> {
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const [name, value] = at === -1 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    yield [bytesOf(name), bytesOf(value)];
  }
}

function bytesOf(text: string): Buffer {
  const plain = text
    .replaceAll("+", " ")
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(plain, "latin1");
}

function charsetFieldOf(pairs: readonly Pair[]): string | null {
  for (const wanted of ["_charset_", "charset"]) {
    const found = pairs.find(([name]) => name.toString("latin1") === wanted)?.[1].toString("latin1");
    if (found !== undefined && found.trim() !== "") return found.trim().toLowerCase();
  }
  return null;
}
