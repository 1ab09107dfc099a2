import { hmac } from "@noble/hashes/hmac.js";
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Json } from "../json.ts";
import { mayHoldExactNumber } from "../json-exact.ts";
import { JsonInputError } from "../json-input-error.ts";
import { parseJsonInput } from "../json-input.ts";
import { isArray } from "../json-kind.ts";
import { isNumeric, numberText } from "../json-number.ts";
import { object, text, wrongType } from "./arguments.ts";
import { asciiOf, decodeBase64, encodeBase64 } from "./base64.ts";
import { countUnits, type Meter, writeJson } from "./budget.ts";
import { failed, show } from "./failure.ts";
import { define, type ExpressionFunction } from "./function.ts";
import { dropsStrayBits } from "./semantics.ts";

/** A hash and its cost in units per 64 characters. */
interface Algorithm {
  readonly hash: typeof sha256 | typeof sha512 | typeof md5;
  readonly unitsPerBlock: number;
}

const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ["sha256", { hash: sha256, unitsPerBlock: 10 }],
  ["sha384", { hash: sha384, unitsPerBlock: 25 }],
  ["sha512", { hash: sha512, unitsPerBlock: 25 }],
  ["sha1", { hash: sha1, unitsPerBlock: 10 }],
  ["md5", { hash: md5, unitsPerBlock: 20 }],
]);
/** The fixed cost of a hash, whatever the length. */
const HASH_UNITS = 200;

/** JSON inside text, encodings, hashes and signatures. */
export const ENCODING_FUNCTIONS: readonly (readonly [string, ExpressionFunction])[] = [
  define(
    "base64_decode(string)",
    "The string that Base64 text, standard or URL-safe, encodes in UTF-8.",
    1,
    1,
    (args, meter) => {
      const encoded = text(args, 0, "base64_decode");
      meter.spend(1 + (encoded.length >>> 1));
      const found = decodeBase64(encoded);
      if (found === null) throw failed(`base64_decode() got ${show(encoded)}, which is not Base64`);
      if (found.hasStrayBits && !dropsStrayBits()) {
        throw failed(
          `base64_decode() got ${show(encoded)}, whose last character has bits that belong to no byte; the text was cut or changed`,
        );
      }
      const decoded = textOf(found.bytes);
      if (decoded === null) throw failed("base64_decode() got bytes that are not text in UTF-8");
      return decoded;
    },
  ),
  define("base64_encode(string)", "The string as UTF-8, encoded in Base64.", 1, 1, (args, meter) =>
    encoded(text(args, 0, "base64_encode"), meter, "base64"),
  ),
  define(
    "base64url_encode(string)",
    "The string as UTF-8, encoded in URL-safe Base64: with - and _, without padding.",
    1,
    1,
    (args, meter) => encoded(text(args, 0, "base64url_encode"), meter, "base64url"),
  ),
  define(
    "form_encode(object)",
    "The object's members as a form or a query string, such as a=1&b=2. A list repeats its name.",
    1,
    1,
    formEncode,
  ),
  define("from_json(string)", "The value that the string contains as JSON.", 1, 1, (args, meter) => {
    const json = text(args, 0, "from_json");
    meter.spend(1 + (json.length >>> 2));
    countUnits(20 + json.length);
    if (mayHoldExactNumber(json)) countUnits(60 + (json.length >>> 1));
    try {
      return parseJsonInput(json);
    } catch (error) {
      if (error instanceof JsonInputError) throw failed(`from_json() cannot read its text. ${error.message}`);
      throw error;
    }
  }),
  define(
    "hash(string, string, string?)",
    "The hash of the second string by sha256, sha384, sha512, sha1 or md5; in hex, base64 or base64url.",
    2,
    3,
    (args, meter) => {
      const { hash, unitsPerBlock } = algorithm(args, "hash");
      const bytes = bytesOf(text(args, 1, "hash"), meter);
      meter.spend(HASH_UNITS + (bytes.length >>> 6) * unitsPerBlock);
      return written(hash(bytes), args, 2, "hash");
    },
  ),
  define(
    "hmac(string, string, string, string?)",
    "The HMAC of the third string by an algorithm and a key, the first two; in hex, base64 or base64url.",
    3,
    4,
    (args, meter) => {
      const { hash, unitsPerBlock } = algorithm(args, "hmac");
      const key = bytesOf(text(args, 1, "hmac"), meter);
      const bytes = bytesOf(text(args, 2, "hmac"), meter);
      meter.spend(4 * HASH_UNITS + ((key.length + bytes.length) >>> 6) * unitsPerBlock);
      return written(hmac(hash, key, bytes), args, 3, "hmac");
    },
  ),
  define("to_json(any)", "The value as JSON. Strings are quoted; members keep their order.", 1, 1, (args, meter) => {
    const value = args[0] ?? null;
    if (typeof value === "string") meter.spendString(value.length);
    return writeJson(value, meter);
  }),
  define(
    "url_decode(string)",
    "The string with its percent-encoding decoded. A plus sign stays a plus sign.",
    1,
    1,
    (args, meter) => {
      const encoded = text(args, 0, "url_decode");
      meter.spend(1 + (encoded.length >>> 1));
      const wrong = encoded.search(/%(?![\da-fA-F]{2})/);
      if (wrong !== -1) throw failed(`url_decode() got a % without two hex digits at offset ${wrong}`);
      const decoded = percentDecoded(encoded);
      if (decoded === null) throw failed("url_decode() got bytes that are not text in UTF-8");
      return decoded;
    },
  ),
  define(
    "url_encode(string)",
    "The string percent-encoded for use in a URL: everything but letters, digits and -._~.",
    1,
    1,
    (args, meter) => percentEncoded(text(args, 0, "url_encode"), meter),
  ),
];

function algorithm(args: readonly Json[], name: string): Algorithm {
  const wanted = text(args, 0, name);
  const found = ALGORITHMS.get(wanted);
  if (found === undefined) {
    throw failed(`${name}() got ${show(wanted)} as its algorithm; use ${Array.from(ALGORITHMS.keys()).join(", ")}`);
  }
  return found;
}

function written(digest: Uint8Array, args: readonly Json[], index: number, name: string): string {
  const form = args[index] ?? "hex";
  if (form === "hex") return bytesToHex(digest);
  if (form === "base64" || form === "base64url") return encodeBase64(digest, form);
  throw wrongType(args, index, name, "'hex', 'base64' or 'base64url'");
}

/** UTF-8 cannot encode half a surrogate pair, and a replacement would change what is signed or sent. */
function requireWhole(value: string): void {
  if (!value.isWellFormed()) {
    throw failed(
      "half of a surrogate pair cannot be encoded: it is not a character; replace it, or leave the text out",
    );
  }
}

function bytesOf(value: string, meter: Meter): Uint8Array {
  meter.spendString(value.length);
  countUnits(value.length >>> 2);
  requireWhole(value);
  return utf8ToBytes(value);
}

/** Characters beyond ASCII take several bytes each. */
function encoded(value: string, meter: Meter, form: "base64" | "base64url"): string {
  const bytes = bytesOf(value, meter);
  countUnits(bytes.length >>> 2);
  return encodeBase64(bytes, form);
}

/** UTF-8 bytes as text; null when they are not UTF-8. */
function textOf(bytes: Uint8Array): string | null {
  if (bytes.every((byte) => byte < 0x80)) return asciiOf(bytes);
  countUnits((bytes.length * 5) >>> 1);
  return percentDecoded(bytesToHex(bytes).replaceAll(/../g, "%$&"));
}

function percentDecoded(encoded: string): string | null {
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

/** RFC 3986: everything but its unreserved characters. */
function percentEncoded(value: string, meter: Meter): string {
  meter.spend(1 + (value.length >>> 1));
  countUnits(value.length >>> 2);
  requireWhole(value);
  // A regular expression with a callback takes ten times as long.
  const encoded = encodeURIComponent(value)
    .replaceAll("!", "%21")
    .replaceAll("'", "%27")
    .replaceAll("(", "%28")
    .replaceAll(")", "%29")
    .replaceAll("*", "%2A");
  meter.spendString(encoded.length);
  return encoded;
}

const FIELD_UNITS = 30;

function formEncode(args: readonly Json[], meter: Meter): string {
  const members = object(args, 0, "form_encode", meter);
  const fields: string[] = [];
  const entries = Object.entries(members);
  for (const [name, member] of entries) {
    for (const value of isArray(member) ? member : [member]) {
      if (value === null || !(typeof value === "string" || typeof value === "boolean" || isNumeric(value))) {
        throw failed(
          `form_encode() takes texts, numbers, booleans and lists of them, got ${show(value)} for ${show(name)}; leave it out or use to_json()`,
        );
      }
      meter.spend(FIELD_UNITS);
      countUnits(FIELD_UNITS >>> 2);
      fields.push(
        `${percentEncoded(name, meter)}=${percentEncoded(isNumeric(value) ? numberText(value) : String(value), meter)}`,
      );
    }
  }
  meter.spendString(fields.reduce((length, field) => length + field.length + 1, 0));
  return fields.join("&");
}
