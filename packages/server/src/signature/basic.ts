import { createHash, timingSafeEqual } from "node:crypto";

import { decodeExactly } from "./encoding.ts";
import { isLive, type Key, type SignatureCheck } from "./signature-check.ts";
import { headerOf, invalid } from "./signed-request.ts";

const CREDENTIALS = /^Basic ([A-Za-z0-9+/=]+)$/i;

/** A user name and a password (RFC 7617). They prove who sends, not what, and anyone who sees a request can send others. */
export function basicCheck(keys: readonly Key<Buffer>[]): SignatureCheck {
  const expected = keys.map(({ material, expiresAt }) => ({ digest: digestOf(material), expiresAt }));
  return (request, _body, now) => {
    const [, encoded = ""] = CREDENTIALS.exec(headerOf(request, "authorization")) ?? [];
    const given = decodeExactly(encoded, "base64");
    if (given === null) throw invalid("The header authorization is not Basic and the Base64 of user:password");
    const digest = digestOf(given);
    if (expected.some((key) => isLive(key.expiresAt, now) && timingSafeEqual(key.digest, digest))) return null;
    throw invalid("The user name or the password is wrong");
  };
}

/** Of equal length for all, so that the comparison takes the same time. */
function digestOf(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
