import type { Refusal } from "../refusal.ts";
import { decodeExactly, signatureBytes, type Encoding } from "./encoding.ts";
import type { Claim, ReadClaim } from "./signature-check.ts";
import { headerOf, invalid, type SignedRequest } from "./signed-request.ts";
import { requireRecent } from "./timestamp.ts";

const SHA256_BYTES = 32;
/** The most signatures that are looked at: senders that change their key send two. */
const SIGNATURES_MAX = 8;

/** GitHub: `x-hub-signature-256`. The older `x-hub-signature` does not count. */
export function readGitHub(request: SignedRequest, body: Buffer): Claim {
  return { signed: [body], codes: [hexAfter("sha256=", request, "x-hub-signature-256")] };
}

/** Shopify: `x-shopify-hmac-sha256`. It has no timestamp. */
export function readShopify(request: SignedRequest, body: Buffer): Claim {
  const name = "x-shopify-hmac-sha256";
  return { signed: [body], codes: [signatureBytes(headerOf(request, name), "base64", SHA256_BYTES, name)] };
}

/** Slack: `x-slack-signature` over version, timestamp and body. */
export function readSlack(toleranceS: number): ReadClaim {
  return (request, body, now) => {
    const timestamp = headerOf(request, "x-slack-request-timestamp");
    requireRecent(timestamp, "seconds", toleranceS, now);
    return { signed: ["v0:", timestamp, ":", body], codes: [hexAfter("v0=", request, "x-slack-signature")] };
  };
}

const STRIPE_HEADER = "stripe-signature";
const STRIPE_ITEM = /^([a-z0-9_]{1,20})=([^,= ]*)$/;
const STRIPE_ITEMS_MAX = 16;

/** Stripe: `stripe-signature: t=…,v1=…`, with a `v1` for each of its keys. Other schemes, such as `v0`, do not count. */
export function readStripe(toleranceS: number): ReadClaim {
  return (request, body, now) => {
    const items = headerOf(request, STRIPE_HEADER)
      .split(",", STRIPE_ITEMS_MAX + 1)
      .map((item) => STRIPE_ITEM.exec(item));
    const valuesOf = (scheme: string): string[] =>
      items.flatMap((item) => (item?.[1] === scheme ? [item[2] ?? ""] : []));
    if (items.length > STRIPE_ITEMS_MAX || items.includes(null))
      throw invalid(`The header ${STRIPE_HEADER} is not a list as in t=1764504000,v1=…`);
    const [timestamp, ...more] = valuesOf("t");
    if (timestamp === undefined || more.length > 0)
      throw invalid(`The header ${STRIPE_HEADER} does not have exactly one timestamp`);
    requireRecent(timestamp, "seconds", toleranceS, now);
    return { signed: [timestamp, ".", body], codes: listedCodes(valuesOf("v1"), "hex", STRIPE_HEADER) };
  };
}

/** The codes of a header that may hold several, such as one for each of the sender's keys. @throws Refusal  None, or more than are looked at. */
function listedCodes(texts: readonly string[], encoding: Encoding, header: string): readonly Buffer[] {
  const codes = readableCodes(texts, encoding, header);
  if (codes.length === 0) throw noSignature(header);
  return codes;
}

/** The same, which may be none. Those that are not written right cannot match. @throws Refusal  More than are looked at. */
export function readableCodes(texts: readonly string[], encoding: Encoding, header: string): readonly Buffer[] {
  if (texts.length > SIGNATURES_MAX)
    throw invalid(`The header ${header} has ${texts.length} signatures; at most ${SIGNATURES_MAX} are read`);
  return texts.flatMap((text) => decodeExactly(text, encoding) ?? []);
}

export function noSignature(header: string): Refusal {
  return invalid(`The header ${header} has no signature that can be read`);
}

function hexAfter(prefix: string, request: SignedRequest, name: string): Buffer {
  const value = headerOf(request, name);
  if (!value.startsWith(prefix)) throw invalid(`The header ${name} does not begin with ${prefix}`);
  return signatureBytes(value.slice(prefix.length), "hex", SHA256_BYTES, name);
}
