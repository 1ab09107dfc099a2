import { createHash, timingSafeEqual, type KeyObject } from "node:crypto";

import type { JwtSettings } from "@meshhook/contract";
import type { Micros } from "@meshhook/core";
import { DocumentUnavailable } from "@meshhook/runtime/published-document";
import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from "jose";

import { Refusal } from "../refusal.ts";
import { decodeExactly } from "./encoding.ts";
import type { KeySet } from "./key-sets.ts";
import { isLive, type Key, type SignatureCheck } from "./signature-check.ts";
import { headerOf, invalid } from "./signed-request.ts";

const TOKEN_CHARACTERS_MAX = 8_192;
/** Three parts. Encrypted tokens have five. */
const TOKEN = /^(?:Bearer +)?([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;

/** Where the keys come from: the endpoint's own, or a document that the sender publishes. */
export type TokenKeys = readonly Key<KeyObject | Uint8Array>[] | KeySet;

/**
 * A token (RFC 7519) in a header. Only the configured algorithms and keys count: whatever the token itself says about where its key is
 * (`jku`, `x5u`, `jwk`) is not looked at.
 */
export function jwtCheck(keys: TokenKeys, settings: JwtSettings, toleranceS: number): SignatureCheck {
  const header = settings.header?.toLowerCase() ?? "authorization";
  const { bodySha256Claim } = settings;
  return (request, body, now) => {
    const [, token] = TOKEN.exec(headerOf(request, header, TOKEN_CHARACTERS_MAX)) ?? [];
    if (token === undefined) throw invalid(`The header ${header} is not a signed token`);
    const options = optionsOf(settings, toleranceS, now);
    const verified = "read" in keys ? verifyByKeySet(token, keys, options) : verifyByKeys(token, keys, options, now);
    return verified.then((payload) => {
      if (bodySha256Claim !== undefined) requireBody(payload[bodySha256Claim], bodySha256Claim, body);
    });
  };
}

function optionsOf(
  { algorithms, issuer, audience, maxAgeS }: JwtSettings,
  toleranceS: number,
  now: Micros,
): JWTVerifyOptions {
  return {
    algorithms: [...algorithms],
    clockTolerance: toleranceS,
    currentDate: new Date(now / 1_000),
    // A token without an end could be used forever.
    requiredClaims: maxAgeS === undefined ? ["exp"] : ["iat"],
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
    ...(maxAgeS === undefined ? {} : { maxTokenAge: maxAgeS }),
  };
}

async function verifyByKeys(
  token: string,
  keys: readonly Key<KeyObject | Uint8Array>[],
  options: JWTVerifyOptions,
  now: Micros,
): Promise<JWTPayload> {
  let fault: unknown = null;
  for (const { material, expiresAt } of keys) {
    if (!isLive(expiresAt, now)) continue;
    try {
      return (await jwtVerify(token, material, options)).payload;
    } catch (error) {
      fault = error;
    }
  }
  throw refusalOf(fault);
}

/** A key that the sender published only recently may be missing from the copy here; then it is read again, if that was not just done. */
async function verifyByKeySet(token: string, keySet: KeySet, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    const keys = await keySet.read();
    try {
      return (await jwtVerify(token, keys, options)).payload;
    } catch (error) {
      const newer = error instanceof errors.JWKSNoMatchingKey ? await keySet.readAfter(keys) : null;
      if (newer === null) throw error;
      return (await jwtVerify(token, newer, options)).payload;
    }
  } catch (error) {
    if (error instanceof DocumentUnavailable) throw new Refusal("unavailable", error.message, { retryAfterS: 5 });
    throw refusalOf(error);
  }
}

/** The library's messages name claims and rules, never values. Whatever else it throws is due to the token as well. */
function refusalOf(error: unknown): Refusal {
  return invalid(error instanceof Error ? `The token is not accepted: ${error.message}` : "There is no valid key");
}

/** @throws Refusal */
function requireBody(claim: unknown, name: string, body: Buffer): void {
  const given = typeof claim === "string" ? decodeExactly(claim, "hex") : null;
  const expected = createHash("sha256").update(body).digest();
  if (given?.length !== expected.length || !timingSafeEqual(given, expected))
    throw invalid(`The claim ${name} is not the SHA-256 of the body in lower-case hex`);
}
