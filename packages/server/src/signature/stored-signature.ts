import { createHash } from "node:crypto";

import { formatTime, type SignatureSettings, type SigningKeyResource } from "@meshhook/contract";
import type { Micros } from "@meshhook/core";
import type { Endpoint } from "@meshhook/journal";
import { unwrappedPart, type SecretBox } from "@meshhook/runtime";

import type { SignatureSetup } from "./open-signature.ts";
import { isLive } from "./signature-check.ts";

/** What an endpoint stores about its signatures. */
export type StoredSignature = Pick<Endpoint, "signature" | "signatureSettings" | "sealedSecret" | "formerKeys">;

/** What is stored, with the keys in clear text. @throws Error  A key was sealed with another secret key. */
export function setupOf(projectId: string, stored: StoredSignature, secrets: SecretBox): SignatureSetup {
  const newest = stored.sealedSecret === null ? [] : [{ sealedSecret: stored.sealedSecret, expiresAt: null }];
  return {
    kind: stored.signature,
    settings: settingsOf(stored),
    keys: [...newest, ...stored.formerKeys].map(({ sealedSecret, expiresAt }) => ({
      secret: secrets.open(projectId, sealedSecret),
      expiresAt,
    })),
  };
}

export function settingsOf({ signatureSettings }: Pick<StoredSignature, "signatureSettings">): SignatureSettings {
  return JSON.parse(signatureSettings) as SignatureSettings;
}

/** The keys that are accepted, without their values, newest first. */
export function signingKeysOf({ sealedSecret, formerKeys }: StoredSignature, now: Micros): SigningKeyResource[] {
  const newest = sealedSecret === null ? [] : [{ id: keyIdOf(sealedSecret), expiresAt: null }];
  const former = formerKeys
    .filter(({ expiresAt }) => isLive(expiresAt, now))
    .map((key) => ({
      id: keyIdOf(key.sealedSecret),
      expiresAt: key.expiresAt === null ? null : formatTime(key.expiresAt),
    }));
  return [...newest, ...former];
}

/**
 * Of what is stored, which is different each time the same secret is sealed: it says nothing about the secret. It stays the same when
 * another secret key wraps what is stored.
 */
export function keyIdOf(sealedSecret: string): string {
  return `key_${createHash("sha256").update(unwrappedPart(sealedSecret)).digest("hex").slice(0, 16)}`;
}
