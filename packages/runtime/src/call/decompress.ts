import { promisify } from "node:util";
import {
  brotliDecompress,
  brotliDecompressSync,
  constants,
  gunzip,
  gunzipSync,
  inflate,
  inflateRaw,
  inflateRawSync,
  inflateSync,
  zstdDecompress,
  zstdDecompressSync,
} from "node:zlib";

export type Coding = "gzip" | "deflate" | "br" | "zstd";

/** What was encoded is larger than the limit; decoding stopped there. */
export class DecodedTooLarge extends Error {
  override readonly name = "DecodedTooLarge";
}

/** The bytes are not what their coding says. The message is what is wrong with them, without naming the coding. */
export class DecompressError extends Error {
  override readonly name = "DecompressError";
}

/** More frames of zstd than `framesMax`. */
export class TooManyFrames extends DecompressError {}

export interface DecompressLimits {
  /** Of the output, at least 1. */
  readonly bytesMax: number;
  /** Bytes that a frame of zstd may ask for as its window, as a power of two: it may ask for far more than it has content. */
  readonly zstdWindowLogMax?: number;
  /** Frames of zstd: each costs 30 µs, also those of 8 bytes that hold nothing. Default 1,000. */
  readonly framesMax?: number;
}

const FRAMES_MAX = 1_000;
/** After each piece the event loop has its turn: small ones would make large bodies wait for it hundreds of times. */
const PIECE_BYTES = 262_144;
const EMPTY = Buffer.alloc(0);

type Format = "gzip" | "zlib" | "deflate-raw" | "br" | "zstd";

/** One stream to decompress: the caller runs the steps, at once or off the event loop. */
interface Step {
  readonly format: Format;
  readonly bytes: Buffer;
  readonly options: object;
}

interface Decompressed {
  readonly decoded: Buffer;
  /** How many bytes of the input belong to it. */
  readonly taken: number;
}

/**
 * Undoes one coding on the thread that asks.
 *
 * @throws DecompressError, DecodedTooLarge
 */
export function decompressNow(coding: Coding, bytes: Buffer, limits: DecompressLimits): Buffer {
  const steps = stepsOf(coding, bytes, limits);
  let next = steps.next();
  while (next.done !== true) {
    const { format, bytes: input, options } = next.value;
    try {
      next = steps.next(decompressed(NOW[format](input, options)));
    } catch (error) {
      throw told(error, limits);
    }
  }
  return next.value;
}

/**
 * Undoes one coding beside the event loop.
 *
 * @throws DecompressError, DecodedTooLarge
 */
export async function decompressBeside(coding: Coding, bytes: Buffer, limits: DecompressLimits): Promise<Buffer> {
  const steps = stepsOf(coding, bytes, limits);
  let next = steps.next();
  while (next.done !== true) {
    const { format, bytes: input, options } = next.value;
    try {
      next = steps.next(decompressed(await BESIDE[format](input, { ...options, chunkSize: PIECE_BYTES })));
    } catch (error) {
      throw told(error, limits);
    }
  }
  return next.value;
}

/** What has to be decompressed, and what the results make: the rules about where a coding's streams begin and end. */
function* stepsOf(coding: Coding, bytes: Buffer, limits: DecompressLimits): Generator<Step, Buffer, Decompressed> {
  const { bytesMax } = limits;
  const options = { maxOutputLength: bytesMax, info: true };
  if (coding === "zstd") return yield* allFrames(bytes, limits);
  // Several members are one body (RFC 1952 2.2), which the decoder knows, as it refuses what follows them.
  if (coding === "gzip") return (yield { format: "gzip", bytes, options }).decoded;
  // zlib, RFC 1950, is what `deflate` means; servers that send the bare RFC 1951 stream are as old as the name.
  const format = coding === "br" ? "br" : isZlib(bytes) ? "zlib" : "deflate-raw";
  const { decoded, taken } = yield { format, bytes, options };
  // These decoders stop silently where a stream ends. What follows may be padding, but not something else.
  if (bytes.subarray(taken).some((byte) => byte !== 0)) throw new DecompressError("more bytes follow its end");
  return decoded;
}

/** A body of zstd may be several frames, one after another, and some of them hold nothing (RFC 8878 3). */
function* allFrames(bytes: Buffer, limits: DecompressLimits): Generator<Step, Buffer, Decompressed> {
  const { bytesMax, zstdWindowLogMax, framesMax = FRAMES_MAX } = limits;
  const params = zstdWindowLogMax === undefined ? {} : { [constants.ZSTD_d_windowLogMax]: zstdWindowLogMax };
  const frames: Buffer[] = [];
  let left = bytesMax;
  for (let at = 0, count = 0; at < bytes.length; count++) {
    if (count === framesMax) throw new TooManyFrames(`it has more than ${framesMax} frames`);
    const options = { maxOutputLength: Math.max(1, left), info: true, params };
    const { decoded, taken } = yield { format: "zstd", bytes: bytes.subarray(at), options };
    left -= decoded.length;
    if (left < 0) throw new DecodedTooLarge();
    // A small one would keep the whole piece alive that it was written into.
    if (decoded.length > 0) frames.push(decoded.length < PIECE_BYTES ? Buffer.from(decoded) : decoded);
    at += taken;
  }
  const [first = EMPTY] = frames;
  return frames.length <= 1 ? first : Buffer.concat(frames);
}

/** RFC 1950 2.2: method 8 in the low bits, and a check sum over the first two bytes. */
function isZlib(bytes: Buffer): boolean {
  const [method = 0, flags = 0] = bytes;
  return (method & 0x0f) === 8 && ((method << 8) | flags) % 31 === 0;
}

type Decompress<Result> = (bytes: Buffer, options: object) => Result;

const NOW: { readonly [F in Format]: Decompress<unknown> } = {
  gzip: gunzipSync,
  zlib: inflateSync,
  "deflate-raw": inflateRawSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};
const BESIDE: { readonly [F in Format]: Decompress<Promise<unknown>> } = {
  gzip: promisify<Buffer, object, unknown>(gunzip),
  zlib: promisify<Buffer, object, unknown>(inflate),
  "deflate-raw": promisify<Buffer, object, unknown>(inflateRaw),
  br: promisify<Buffer, object, unknown>(brotliDecompress),
  zstd: promisify<Buffer, object, unknown>(zstdDecompress),
};

/** With `info` the answer is { buffer, engine }, which the types do not say. */
function decompressed(answer: unknown): Decompressed {
  const { buffer, engine } = answer as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
  return { decoded: buffer, taken: engine.bytesWritten };
}

function told(error: unknown, { zstdWindowLogMax }: DecompressLimits): Error {
  if (error instanceof DecompressError || error instanceof DecodedTooLarge) return error;
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ERR_BUFFER_TOO_LARGE") return new DecodedTooLarge();
  if (code === "ZSTD_error_frameParameter_windowTooLarge" && zstdWindowLogMax !== undefined)
    return new DecompressError(`a frame asks for a window of more than ${2 ** (zstdWindowLogMax - 20)} MiB`);
  return new DecompressError(error instanceof Error ? error.message : String(error));
}
