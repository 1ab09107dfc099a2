const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const ALPHABETS = { base64: `${DIGITS}+/`, base64url: `${DIGITS}-_` };

/** Base64 of RFC 4648: section 4, padded, or section 5, for URLs and without padding. */
export function encodeBase64(bytes: Uint8Array, form: "base64" | "base64url"): string {
  const alphabet = ALPHABETS[form];
  const codes = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  let filled = 0;
  for (let at = 0; at < bytes.length; at += 3) {
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    // Writing beyond the end of the array has no effect.
    codes[filled] = alphabet.charCodeAt(group >>> 18);
    codes[filled + 1] = alphabet.charCodeAt((group >>> 12) & 63);
    codes[filled + 2] = alphabet.charCodeAt((group >>> 6) & 63);
    codes[filled + 3] = alphabet.charCodeAt(group & 63);
    filled += 4;
  }
  const text = asciiOf(codes);
  return form === "base64url" ? text : text.padEnd(Math.ceil(text.length / 4) * 4, "=");
}

/** ASCII bytes as text. Spreading a typed array into arguments takes ten times as long. */
export function asciiOf(codes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < codes.length; at += 4096) {
    text += Reflect.apply(String.fromCharCode, null, codes.subarray(at, at + 4096)) as string;
  }
  return text;
}

/** Six bits for each character of either alphabet; 255 for every other. */
const VALUES = new Uint8Array(128).fill(255);
for (const alphabet of Object.values(ALPHABETS)) {
  for (let value = 0; value < alphabet.length; value += 1) VALUES[alphabet.charCodeAt(value)] = value;
}

export interface DecodedBase64 {
  readonly bytes: Uint8Array;
  /** The last character has bits that belong to no byte: no encoder writes that, so the text was cut or changed (RFC 4648 3.5). */
  readonly hasStrayBits: boolean;
}

/** The bytes of Base64 in either alphabet, with or without padding; line breaks are skipped. Null when it is not Base64. */
export function decodeBase64(text: string): DecodedBase64 | null {
  const compact = text.replaceAll(/[\r\n]/g, "");
  const padding = compact.endsWith("==") ? 2 : compact.endsWith("=") ? 1 : 0;
  const length = compact.length - padding;
  if (length % 4 === 1 || (padding > 0 && compact.length % 4 !== 0)) return null;
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let [bits, count, filled] = [0, 0, 0];
  for (let at = 0; at < length; at += 1) {
    const value = VALUES[compact.charCodeAt(at)] ?? 255;
    if (value === 255) return null;
    bits = ((bits << 6) | value) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[filled] = (bits >>> count) & 255;
    filled += 1;
  }
  return { bytes, hasStrayBits: (bits & ((1 << count) - 1)) !== 0 };
}
