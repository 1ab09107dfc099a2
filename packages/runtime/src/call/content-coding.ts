import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from "node:zlib";

/** What calls send as `accept-encoding` unless their step sets the header itself. */
export const ACCEPTED_CODINGS = "gzip, deflate, br, zstd";

/** Real answers have one, rarely two. Each costs as much as the limit on the body allows. */
const CODINGS_MAX = 3;

/** The bytes cannot be brought back to what was encoded. The message names the coding. */
export class CodingError extends Error {
  override readonly name = "CodingError";
}

/** What was encoded is larger than the limit; decoding stopped there. */
export class DecodedTooLarge extends Error {
  override readonly name = "DecodedTooLarge";
}

type Decode = (bytes: Buffer, bytesMax: number) => Buffer;

// zlib, RFC 1950, is what `deflate` means; servers that send the bare RFC 1951 stream are as old as the name.
const inflateEither: Decode = (bytes, bytesMax) =>
  oneStream(isZlib(bytes) ? inflateSync : inflateRawSync, bytes, bytesMax);

const DECODERS: { readonly [coding: string]: Decode } = {
  gzip: (bytes, bytesMax) => gunzipSync(bytes, { maxOutputLength: bytesMax }),
  "x-gzip": (bytes, bytesMax) => gunzipSync(bytes, { maxOutputLength: bytesMax }),
  deflate: inflateEither,
  br: (bytes, bytesMax) => oneStream(brotliDecompressSync, bytes, bytesMax),
  zstd: allFrames,
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
    const decodeOne = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
    if (decodeOne === undefined) {
      throw new CodingError(`its content coding "${coding.slice(0, 60)}" is unknown; known are ${ACCEPTED_CODINGS}`);
    }
    try {
      decoded = decodeOne(decoded, Math.max(1, bytesMax));
    } catch (error) {
      if (isTooLarge(error)) throw new DecodedTooLarge();
      throw new CodingError(
        `its body is not whole ${coding}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  if (decoded.length > bytesMax) throw new DecodedTooLarge();
  return decoded;
}

/** RFC 1950 2.2: method 8 in the low bits, and a check sum over the first two bytes. */
function isZlib(bytes: Buffer): boolean {
  const [method = 0, flags = 0] = bytes;
  return (method & 0x0f) === 8 && ((method << 8) | flags) % 31 === 0;
}

type Decompress = (bytes: Buffer, options: { readonly maxOutputLength: number; readonly info: true }) => unknown;

/** The decoders stop silently where a stream ends. What follows may be padding, but not something else. */
function oneStream(decompress: Decompress, bytes: Buffer, bytesMax: number): Buffer {
  const { decoded, taken } = decompressOne(decompress, bytes, bytesMax);
  if (bytes.subarray(taken).some((byte) => byte !== 0)) throw new Error("more bytes follow its end");
  return decoded;
}

/** A body of zstd may be several frames, one after another (RFC 8878 3). */
function allFrames(bytes: Buffer, bytesMax: number): Buffer {
  const frames: Buffer[] = [];
  let left = bytesMax;
  for (let at = 0; at < bytes.length;) {
    const { decoded, taken } = decompressOne(zstdDecompressSync, bytes.subarray(at), Math.max(1, left));
    left -= decoded.length;
    if (left < 0) throw new DecodedTooLarge();
    frames.push(decoded);
    at += taken;
  }
  return frames.length === 1 && frames[0] !== undefined ? frames[0] : Buffer.concat(frames);
}

function decompressOne(decompress: Decompress, bytes: Buffer, bytesMax: number): { decoded: Buffer; taken: number } {
  // With `info` the answer is { buffer, engine }, which the types do not say.
  const { buffer, engine } = decompress(bytes, { maxOutputLength: bytesMax, info: true }) as {
    readonly buffer: Buffer;
    readonly engine: { readonly bytesWritten: number };
  };
  return { decoded: buffer, taken: engine.bytesWritten };
}

function isTooLarge(error: unknown): boolean {
  if (error instanceof DecodedTooLarge) return true;
  return error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
}
