import { promisify } from "node:util";
import * as zlib from "node:zlib";

import { HttpProblem } from "../http-problem.ts";

/** What is undone, for `Accept-Encoding` (RFC 9110, section 15.5.16). */
export const READ_CODINGS = "gzip, deflate, br, zstd";

export type Coding = "gzip" | "deflate" | "br" | "zstd";

const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "br"],
  ["zstd", "zstd"],
]);
/** Written by real senders, and none of them changes a byte: charsets, and the encodings of mail that leave bytes as they are. */
const NO_CODING = new Set(["", "identity", "none", "utf-8", "utf8", "us-ascii", "7bit", "8bit", "binary"]);
/** Codings over each other. One is usual; each costs a pass. */
const CODINGS_MAX = 3;
/** Bytes that may be unpacked at once, over all requests. */
const UNPACKING_BYTES_MAX = 128 * 1_048_576;

const NOTHING: readonly Coding[] = [];

/**
 * The codings of a body in the order in which they were applied.
 *
 * @throws HttpProblem  `content_encoding_unsupported`
 */
export function codingsOf(contentEncoding: string | undefined): readonly Coding[] {
  if (contentEncoding === undefined) return NOTHING;
  const codings: Coding[] = [];
  for (const part of contentEncoding.split(",")) {
    const name = part.trim().toLowerCase();
    if (NO_CODING.has(name)) continue;
    const coding = CODINGS.get(name);
    if (coding === undefined || codings.length === CODINGS_MAX)
      throw new HttpProblem(
        "content_encoding_unsupported",
        `Content-Encoding "${contentEncoding.slice(0, 100)}" is not read here; send the body as it is, or in one of ${READ_CODINGS}`,
      );
    codings.push(coding);
  }
  return codings;
}

const unpackers: { readonly [C in Coding]: (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer> } = {
  gzip: promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip),
  deflate: (body, options) => (isZlib(body) ? inflate(body, options) : inflateRaw(body, options)),
  br: promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress),
  zstd: (body, options) =>
    zstd(body, { ...options, params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
};
const inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate);
const inflateRaw = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflateRaw);

const zstd = promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress);
/** 8 MiB, as RFC 9659 says: a frame may ask for far more memory than it has content. */
const ZSTD_WINDOW_LOG = 23;

let unpackingBytes = 0;

/**
 * Undoes a body's codings beside the event loop, the last one first. Stops as soon as there are more than `bytesMax`: what would
 * become larger is never unpacked.
 *
 * @throws HttpProblem  `body_too_large`, `content_encoding_invalid`, `overloaded`.
 */
export async function unpack(body: Buffer, codings: readonly Coding[], bytesMax: number): Promise<Buffer> {
  if (body.length === 0) return body;
  if (unpackingBytes + bytesMax > UNPACKING_BYTES_MAX)
    throw new HttpProblem("overloaded", "Too many compressed bodies are being unpacked; send it again", {
      retryAfterS: 1,
    });
  unpackingBytes += bytesMax;
  try {
    let unpacked = body;
    for (const coding of codings.toReversed()) unpacked = await unpackOne(unpacked, coding, bytesMax);
    return unpacked;
  } finally {
    unpackingBytes -= bytesMax;
  }
}

async function unpackOne(body: Buffer, coding: Coding, bytesMax: number): Promise<Buffer> {
  try {
    return await unpackers[coding](body, { maxOutputLength: bytesMax });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE")
      throw new HttpProblem(
        "body_too_large",
        `The body unpacks to more than ${bytesMax} bytes, which is what is taken here`,
      );
    throw new HttpProblem(
      "content_encoding_invalid",
      `The body is not valid ${coding}, which its Content-Encoding says it is, or it ends too early`,
    );
  }
}

/** RFC 9110 (section 8.4.1.2) means the zlib format; some senders leave its two bytes of header out. */
function isZlib(body: Buffer): boolean {
  const [first = 0, second = 0] = body;
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}
