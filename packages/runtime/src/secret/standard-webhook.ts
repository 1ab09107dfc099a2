import { createHmac } from "node:crypto";

import type { OutgoingRequest } from "../call/outgoing-request.ts";
import { SecretFault } from "./secret-source.ts";

const PREFIX = "whsec_";
const KEY_BYTES = { min: 24, max: 64 } as const;

/** A key to sign with, by the name of its secret. */
export interface SigningKey {
  readonly name: string;
  readonly value: string;
}

/**
 * Adds the headers of Standard Webhooks: `webhook-id`, which is the same for every attempt, `webhook-timestamp`, and `webhook-signature`
 * with a signature for each key.
 *
 * Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
 *
 * @param now  Seconds since 1970.
 * @throws SecretFault for a value that is not a signing key.
 */
export function signRequest(request: OutgoingRequest, keys: readonly SigningKey[], now: number): OutgoingRequest {
  // A dot separates the parts of what is signed; inside loops the key has some.
  const id = (request.headers["idempotency-key"] ?? "").replaceAll(".", "-");
  const timestamp = String(now);
  const signatures = keys.map((key) => {
    const hmac = createHmac("sha256", bytesOf(key)).update(`${id}.${timestamp}.`);
    return `v1,${hmac.update(request.body ?? "").digest("base64")}`;
  });
  return {
    ...request,
    headers: {
      ...request.headers,
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signatures.join(" "),
    },
  };
}

function bytesOf({ name, value }: SigningKey): Buffer {
  const text = value.startsWith(PREFIX) ? value.slice(PREFIX.length) : value;
  const bytes = Buffer.from(text, "base64");
  const isBase64 = bytes.toString("base64").replace(/=+$/, "") === text.replace(/=+$/, "");
  if (!isBase64 || bytes.length < KEY_BYTES.min || bytes.length > KEY_BYTES.max) {
    throw new SecretFault(
      "secret_invalid",
      `The secret ${name} is not a signing key: write whsec_ and the Base64 of ${KEY_BYTES.min} to ${KEY_BYTES.max} random bytes. The request was not sent`,
    );
  }
  return bytes;
}
