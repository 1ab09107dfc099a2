import { createHmac, timingSafeEqual } from "node:crypto";

import type { Micros } from "@meshhook/core";

import type { Refusal } from "../refusal.ts";
import { invalid, type SignedRequest } from "./signed-request.ts";

/**
 * Checks who sent a request. Null: it is right. A promise: the answer takes longer, because it is computed elsewhere or a public key is
 * fetched.
 *
 * @param body  As sent, before anything is decompressed.
 * @param now  When the request arrived.
 * @throws Refusal  `signature_invalid`, whatever the cause; the promise rejects with it.
 */
export type SignatureCheck = (request: SignedRequest, body: Buffer, now: Micros) => Promise<void> | null;

/** A key that requests may be signed with. */
export interface Key<Material> {
  readonly material: Material;
  /** Null: it does not expire. */
  readonly expiresAt: Micros | null;
}

/** What a request says about its signature: the bytes that were signed, and the codes of which one must belong to them. */
export interface Claim {
  /** In order. Text is ASCII. */
  readonly signed: readonly (string | Buffer)[];
  readonly codes: readonly Buffer[];
}

/** @throws Refusal  The request does not have the form of one that is signed in this way, or is too old. */
export type ReadClaim = (request: SignedRequest, body: Buffer, now: Micros) => Claim;

/** Checks by HMAC: one for each key that has not expired. */
export function hmacCheck(
  algorithm: "sha1" | "sha256" | "sha512",
  keys: readonly Key<Buffer>[],
  read: ReadClaim,
): SignatureCheck {
  return (request, body, now) => {
    const claim = read(request, body, now);
    for (const { material, expiresAt } of keys)
      if (isLive(expiresAt, now) && hasCode(claim, hmacOf(algorithm, material, claim))) return null;
    throw mismatch();
  };
}

export function isLive(expiresAt: Micros | null, now: Micros): boolean {
  return expiresAt === null || now < expiresAt;
}

export function hmacOf(algorithm: string, key: Buffer, { signed }: Claim): Buffer {
  const hmac = createHmac(algorithm, key);
  for (const part of signed) {
    if (typeof part === "string") hmac.update(part, "latin1");
    else hmac.update(part);
  }
  return hmac.digest();
}

/** Takes the same time wherever the codes differ. */
export function hasCode({ codes }: Claim, expected: Buffer): boolean {
  return codes.some((code) => code.length === expected.length && timingSafeEqual(code, expected));
}

export function mismatch(): Refusal {
  return invalid("The signature does not match the request and any key that is valid now");
}
