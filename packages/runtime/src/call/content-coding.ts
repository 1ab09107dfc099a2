import { DecodedTooLarge, decompressNow, type Coding } from "./decompress.ts";

/** What calls send as `accept-encoding` unless their step sets the header itself. */
export const ACCEPTED_CODINGS = "gzip, deflate, br, zstd";

/** Real answers have one, rarely two. Each costs as much as the limit on the body allows. */
const CODINGS_MAX = 3;

/** The bytes cannot be brought back to what was encoded. The message names the coding. */
export class CodingError extends Error {
  override readonly name = "CodingError";
}

const CODINGS: { readonly [coding: string]: Coding } = {
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
  br: "br",
  zstd: "zstd",
};

/** Spellings of "no coding" that servers send. */
const NO_CODING = new Set(["", "identity", "none", "utf-8", "utf8", "chunked"]);

/**
 * The codings of an answer in the order they were applied, without those that change nothing.
 *
 * @param headers  Values of `content-encoding`, then of `transfer-encoding`.
 */
export function readCodings(...headers: readonly (string | undefined)[]): readonly string[] {
  const codings: string[] = [];
  for (const header of headers) {
    if (header === undefined) continue;
    for (const item of header.split(",")) {
      const coding = item.trim().toLowerCase();
      if (!NO_CODING.has(coding)) codings.push(coding);
    }
  }
  return codings;
}

/**
 * Undoes an answer's codings.
 *
 * Synchronous: it ends within what `bytesMax` allows (at 8 MB, 7 to 50 ms), and a target whose name server hangs cannot take the
 * threads away that another target's answer would need.
 *
 * @throws CodingError, DecodedTooLarge
 */
export function decode(bytes: Buffer, codings: readonly string[], bytesMax: number): Buffer {
  if (bytes.length === 0) return bytes;
  if (codings.length > CODINGS_MAX) {
    throw new CodingError(`it names ${codings.length} content codings; at most ${CODINGS_MAX} are undone`);
  }
  let decoded = bytes;
  for (const coding of codings.toReversed()) {
    const known = Object.hasOwn(CODINGS, coding) ? CODINGS[coding] : undefined;
    if (known === undefined) {
      throw new CodingError(`its content coding "${coding.slice(0, 60)}" is unknown; known are ${ACCEPTED_CODINGS}`);
    }
    try {
      decoded = decompressNow(known, decoded, { bytesMax: Math.max(1, bytesMax) });
    } catch (error) {
      if (error instanceof DecodedTooLarge) throw error;
      throw new CodingError(
        `its body is not whole ${coding}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  if (decoded.length > bytesMax) throw new DecodedTooLarge();
  return decoded;
}
