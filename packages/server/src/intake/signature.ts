import { createHmac, timingSafeEqual } from "node:crypto";

const PREFIX = "sha256=";
const HEX = /^[0-9a-f]{64}$/;

/**
 * Checks GitHub's `x-hub-signature-256` over the raw body.
 *
 * @returns Null when it is right; otherwise the cause, for the endpoint's owner only: senders get the same answer for every cause.
 */
export function signatureFault(secret: Buffer, body: Buffer, header: string | undefined): string | null {
  if (header === undefined) return "The header x-hub-signature-256 is missing";
  const hex = header.slice(PREFIX.length);
  if (!header.startsWith(PREFIX) || !HEX.test(hex))
    return "The header x-hub-signature-256 is not of the form sha256= and 64 lower-case hex digits";
  const expected = createHmac("sha256", secret).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(hex, "hex"))
    ? null
    : "The signature does not match the body and the secret";
}
