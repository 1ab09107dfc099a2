import { createHash, timingSafeEqual } from "node:crypto";

import { decodeExactly, signatureBytes } from "./encoding.ts";
import type { ReadClaim } from "./signature-check.ts";
import { addressOf, headerOf, invalid, optionalHeaderOf, queryOf, type SignedRequest } from "./signed-request.ts";

const SHA1_BYTES = 20;
const SIGNATURE_HEADER = "x-twilio-signature";
/** The parameter of the query that holds the hash of a body that is no form. */
export const TWILIO_BODY_HASH = "bodySHA256";
const FORM = /^application\/x-www-form-urlencoded[ \t]*(?:;|$)/i;
/** Twilio sends a few dozen. More would be sorted for somebody who has no key. */
const FIELDS_MAX = 1_000;
const TOO_MANY_FIELDS = new RegExp(`^(?:[^&]*&){${FIELDS_MAX}}`);

/**
 * Twilio: `x-twilio-signature`, by HMAC-SHA1 over the address and the fields of a form, sorted by name; other bodies are signed by their
 * SHA-256 in the query (`bodySHA256`). It has no timestamp.
 *
 * @param url  The address as it was entered at Twilio; null: as the request names it.
 */
export function readTwilio(url: string | null): ReadClaim {
  return (request, body) => {
    const code = signatureBytes(headerOf(request, SIGNATURE_HEADER), "base64", SHA1_BYTES, SIGNATURE_HEADER);
    const address = Buffer.from(addressOf(request, url), "latin1");
    return { signed: [address, signedBody(request, body)], codes: [code] };
  };
}

export function isForm(contentType: string | null): boolean {
  return FORM.test(contentType ?? "");
}

/** What of a body is signed together with the address. @throws Refusal */
function signedBody(request: SignedRequest, body: Buffer): string | Buffer {
  const hashes = new URLSearchParams(queryOf(request)).getAll(TWILIO_BODY_HASH);
  if (hashes.length > 0) {
    requireHash(hashes, body);
    return "";
  }
  if (body.length === 0) return "";
  if (!isForm(optionalHeaderOf(request, "content-type")))
    throw invalid(`The body is neither a form nor signed by ${TWILIO_BODY_HASH} in the query`);
  return formText(body.toString("utf8"));
}

/** @throws Refusal */
function requireHash(hashes: readonly string[], body: Buffer): void {
  const given = hashes.length === 1 ? decodeExactly(hashes[0] ?? "", "hex") : null;
  const expected = createHash("sha256").update(body).digest();
  if (given?.length !== expected.length || !timingSafeEqual(given, expected))
    throw invalid(`${TWILIO_BODY_HASH} in the query is not the SHA-256 of the body in lower-case hex`);
}

/** Names and values in the order of the names, without anything between them. Equal values of a name count once. @throws Refusal */
function formText(text: string): Buffer {
  if (TOO_MANY_FIELDS.test(text)) throw invalid(`The form has more than ${FIELDS_MAX} fields`);
  // The platform's parser drops a leading question mark; after an ampersand it stays.
  const fields = new URLSearchParams(`&${text}`);
  const sorted = [...fields].sort(([a, x], [b, y]) => order(a, b) || order(x, y));
  const parts = sorted.flatMap(([name, value], at) => {
    const before = sorted[at - 1];
    return before?.[0] === name && before[1] === value ? [] : [name + value];
  });
  return Buffer.from(parts.join(""), "utf8");
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
