import { createHmac } from "node:crypto";

import type { SignatureKind, SignatureSettings } from "@meshhook/contract";
import type { Micros } from "@meshhook/core";

import { Refusal } from "../src/refusal.ts";
import type { KeySets } from "../src/signature/key-sets.ts";
import { openSignature } from "../src/signature/open-signature.ts";

export const NOW_S = 1_764_504_000;
export const NOW: Micros = NOW_S * 1_000_000;

export interface Signed {
  readonly kind: SignatureKind;
  readonly settings?: SignatureSettings;
  readonly secret?: string;
  /** In place of `secret`, newest first. */
  readonly keys?: readonly { readonly secret: string; readonly expiresAt: Micros | null }[];
  readonly headers: { readonly [name: string]: string | readonly string[] };
  readonly body?: string | Buffer;
  readonly url?: string;
  readonly now?: Micros;
  readonly keySets?: KeySets;
}

/** Why the request is refused; null when it is not. Throws whatever is not a refusal of the signature. */
export async function causeOf(signed: Signed): Promise<string | null> {
  const { kind, settings = {}, secret, body = "", url = "/hooks/token-0001", now = NOW } = signed;
  const keys = (signed.keys ?? (secret === undefined ? [] : [{ secret, expiresAt: null }])).map((key) => ({
    ...key,
    secret: Buffer.from(key.secret),
  }));
  const setup = { kind, settings, keys };
  // Without a published key, nothing may ask for one.
  const check = openSignature(setup, signed.keySets ?? (null as never));
  const rawHeaders = Object.entries({ host: "hooks.example.com", ...signed.headers }).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => [name, value]),
  );
  try {
    await check?.({ method: "POST", url, rawHeaders }, Buffer.from(body), now);
    return null;
  } catch (error) {
    if (error instanceof Refusal && error.code === "signature_invalid") return error.cause;
    throw error;
  }
}

export function hmac(
  algorithm: string,
  key: string | Buffer,
  text: string | Buffer,
  encoding: "hex" | "base64" | "base64url" = "hex",
): string {
  return createHmac(algorithm, key).update(text).digest(encoding);
}
