import { invalid } from "./signed-request.ts";

export type Encoding = "hex" | "base64" | "base64url";

const HEX = /^(?:[0-9a-f]{2})+$/;

/**
 * The bytes of a signature that is written exactly as its encoding says: lower-case hex, complete Base64.
 *
 * @param name  The header, for the cause.
 * @throws Refusal  Also for another number of bytes.
 */
export function signatureBytes(text: string, encoding: Encoding, bytes: number, name: string): Buffer {
  const decoded = decodeExactly(text, encoding);
  if (decoded?.length === bytes) return decoded;
  const form = encoding === "hex" ? `${2 * bytes} lower-case hex digits` : `the ${encoding} of ${bytes} bytes`;
  throw invalid(`The signature in the header ${name} is not ${form}`);
}

/** Null for a text that is not written exactly so. The platform reads nearly any text. */
export function decodeExactly(text: string, encoding: Encoding): Buffer | null {
  if (encoding === "hex") return HEX.test(text) ? Buffer.from(text, "hex") : null;
  const bytes = Buffer.from(text, encoding);
  return bytes.length > 0 && bytes.toString(encoding) === text ? bytes : null;
}
