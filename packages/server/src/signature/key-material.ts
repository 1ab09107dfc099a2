import { createPublicKey, type KeyObject } from "node:crypto";

import { decodeExactly } from "./encoding.ts";
import type { StandardKey } from "./standard-webhooks.ts";

const SECRET_PREFIX = "whsec_";
const PUBLIC_PREFIX = "whpk_";
const STANDARD_BYTES = { min: 24, max: 64 } as const;
const ED25519_BYTES = 32;

/** A secret that is not a key for its kind of signature. The message says what it must be, but not the value. */
export class KeyError extends Error {
  override readonly name = "KeyError";
}

/** @throws KeyError */
export function encodedKey(secret: string, encoding: "text" | "hex" | "base64"): Buffer {
  if (encoding === "text") return Buffer.from(secret, "utf8");
  const bytes = decodeExactly(secret, encoding);
  if (bytes === null) throw new KeyError(`The secret is not ${encoding}, which hmac.secretEncoding says it is`);
  return bytes;
}

/** @throws KeyError */
export function standardKey(secret: string): StandardKey {
  if (secret.startsWith(PUBLIC_PREFIX)) return ed25519Key(decodeExactly(secret.slice(PUBLIC_PREFIX.length), "base64"));
  const text = secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret;
  // Some senders leave the padding out.
  const bytes = decodeExactly(text.padEnd(Math.ceil(text.length / 4) * 4, "="), "base64");
  if (bytes === null || bytes.length < STANDARD_BYTES.min || bytes.length > STANDARD_BYTES.max)
    throw new KeyError(
      `The secret must be whsec_ and the Base64 of ${STANDARD_BYTES.min} to ${STANDARD_BYTES.max} bytes, or whpk_ and the Base64 of a public key`,
    );
  return bytes;
}

/** The public key of a Discord application. @throws KeyError */
export function discordKey(secret: string): KeyObject {
  return ed25519Key(decodeExactly(secret.toLowerCase(), "hex"));
}

function ed25519Key(bytes: Buffer | null): KeyObject {
  if (bytes?.length !== ED25519_BYTES)
    throw new KeyError(
      "The public key must be 32 bytes: 64 hex digits at Discord, whpk_ and Base64 in Standard Webhooks",
    );
  return createPublicKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", x: bytes.toString("base64url") } });
}

/** @throws KeyError */
export function basicKey(secret: string): Buffer {
  if (!/^[^:\p{Cc}]+:[^\p{Cc}]+$/u.test(secret))
    throw new KeyError("The secret must be a user name and a password with a colon between them");
  return Buffer.from(secret, "utf8");
}

const PEM = /^-----BEGIN PUBLIC KEY-----\s[\s\S]+\s-----END PUBLIC KEY-----\s*$/;
/** RFC 7518, section 3.2: as long as the digest. */
const SHARED_BYTES = { HS256: 32, HS384: 48, HS512: 64 } as const;

/**
 * The key of tokens: a public key in PEM, or a shared secret. Which of the two follows from the algorithms, so a public key can never be
 * used as a shared secret.
 *
 * @throws KeyError
 */
export function tokenKey(secret: string, algorithms: readonly string[]): KeyObject | Uint8Array {
  const shared = Object.entries(SHARED_BYTES).filter(([algorithm]) => algorithms.includes(algorithm));
  if (shared.length === 0) return publicKey(secret, algorithms);
  if (secret.includes("-----BEGIN"))
    throw new KeyError("A public key needs algorithms such as RS256 or ES256; HS256 is for a shared secret");
  const bytes = Buffer.from(secret, "utf8");
  const bytesMin = Math.max(...shared.map(([, min]) => min));
  if (bytes.length < bytesMin)
    throw new KeyError(
      `A shared secret for ${shared.map(([name]) => name).join(", ")} must have at least ${bytesMin} bytes`,
    );
  return bytes;
}

function publicKey(pem: string, algorithms: readonly string[]): KeyObject {
  if (!PEM.test(pem.trim()))
    throw new KeyError("The secret must be the sender's public key in PEM, beginning with -----BEGIN PUBLIC KEY-----");
  const key = readPem(pem);
  const other = algorithms.find((algorithm) => typeOf(algorithm) !== key.asymmetricKeyType);
  if (other === undefined) return key;
  throw new KeyError(`The public key is of the type ${key.asymmetricKeyType}, which ${other} does not use`);
}

/** @throws KeyError */
function readPem(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch {
    throw new KeyError("The public key cannot be read; export it as SPKI in PEM");
  }
}

function typeOf(algorithm: string): string {
  if (algorithm === "EdDSA") return "ed25519";
  return algorithm.startsWith("ES") ? "ec" : "rsa";
}
