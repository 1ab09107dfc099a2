import type { SignatureSettings } from "@meshhook/contract";

import { signatureBytes } from "./encoding.ts";
import { hmacCheck, type Key, type ReadClaim, type SignatureCheck } from "./signature-check.ts";
import { addressOf, headerOf, invalid, queryOf, type SignedRequest } from "./signed-request.ts";
import { readTemplate, type Place } from "./signed-template.ts";
import { requireRecent } from "./timestamp.ts";

export const HMAC_ALGORITHMS = {
  sha256: { name: "sha256", bytes: 32 },
  sha512: { name: "sha512", bytes: 64 },
  "sha1-legacy": { name: "sha1", bytes: 20 },
} as const;
const ID = /^[A-Za-z0-9_-]{1,255}$/;

/**
 * An HMAC as the endpoint's settings describe it.
 *
 * @param settings  With `hmac`, and checked.
 * @throws TemplateError
 */
export function customHmacCheck(
  keys: readonly Key<Buffer>[],
  settings: SignatureSettings,
  toleranceS: number,
): SignatureCheck {
  const { name } = HMAC_ALGORITHMS[settings.hmac?.algorithm ?? "sha256"];
  return hmacCheck(name, keys, readCustomHmac(settings, toleranceS));
}

/** Finds what such a request signs, and the code that came with it. @throws TemplateError */
export function readCustomHmac(settings: SignatureSettings, toleranceS: number): ReadClaim {
  const { hmac, url = null } = settings;
  if (hmac === undefined) throw new Error("The endpoint has no settings for its HMAC");
  const { encoding = "hex", prefix = "", timestampFormat = "seconds", algorithm = "sha256" } = hmac;
  const header = hmac.header.toLowerCase();
  const timestampHeader = hmac.timestampHeader?.toLowerCase() ?? "";
  const idHeader = hmac.idHeader?.toLowerCase() ?? "";
  const { texts, places, endsAddress } = readTemplate(settings);
  const { bytes } = HMAC_ALGORITHMS[algorithm];
  const valueOf: { readonly [P in Place]: (request: SignedRequest, body: Buffer) => string | Buffer } = {
    body: (_request, body) => body,
    timestamp: (request) => headerOf(request, timestampHeader),
    id: (request) => headerOf(request, idHeader),
    method: ({ method = "" }) => method,
    url: (request) => addressOf(request, url),
  };
  return (request, body, now) => {
    const given = headerOf(request, header);
    if (!given.startsWith(prefix)) throw invalid(`The header ${header} does not begin with ${prefix}`);
    if (timestampHeader !== "") requireRecent(headerOf(request, timestampHeader), timestampFormat, toleranceS, now);
    if (idHeader !== "" && !ID.test(headerOf(request, idHeader)))
      throw invalid(`The header ${idHeader} does not consist of 1 to 255 letters, digits, - and _`);
    if (places.includes("url") && !endsAddress && queryOf(request) !== "")
      throw invalid("The address has a query, whose end the signed text does not show");
    const signed = texts.flatMap((text, at) => {
      const place = places[at];
      return place === undefined ? [text] : [text, valueOf[place](request, body)];
    });
    return { signed, codes: [signatureBytes(given.slice(prefix.length), encoding, bytes, header)] };
  };
}
