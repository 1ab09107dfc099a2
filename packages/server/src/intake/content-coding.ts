import {
  DecodedTooLarge,
  decompressBeside,
  DecompressError,
  decompressNow,
  TooManyFrames,
  type Coding,
} from "@meshhook/runtime/decompress";

import { HttpProblem } from "../http-problem.ts";
import { UnpackQueue } from "./unpack-queue.ts";

/** The codings that are supported, for `Accept-Encoding` (RFC 9110, section 15.5.16). */
export const READ_CODINGS = "gzip, deflate, br, zstd";

const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "br"],
  ["zstd", "zstd"],
]);
/** Real senders write these, and none of them changes a byte: charsets, and the mail encodings that leave bytes unchanged. */
const NO_CODING = new Set(["", "identity", "none", "utf-8", "utf8", "us-ascii", "7bit", "8bit", "binary"]);
/** The most codings on top of each other. One is usual; each costs a pass. */
const CODINGS_MAX = 3;

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
        `Content-Encoding "${contentEncoding.slice(0, 100)}" is not supported; send the body uncompressed, or in one of ${READ_CODINGS}`,
      );
    codings.push(coding);
  }
  return codings;
}

/**
 * Bodies that are this small, compressed and decompressed, are unpacked in place: that takes less time than another thread needs to begin.
 */
const SMALL_BYTES = 65_536;
const SMALL_FRAMES = 8;
/** 8 MiB, as RFC 9659 says. */
const ZSTD_WINDOW_LOG = 23;

const large = new UnpackQueue();
const brotli = new UnpackQueue({ atOnce: 2, atOnceOfOne: 1 });

/**
 * Undoes a body's codings, the last one first. Stops as soon as there are more than `bytesMax` bytes: a body that would become larger is
 * never unpacked completely.
 *
 * Small bodies never wait. Larger ones are unpacked off the event loop, a few at a time, and the others wait for their turn. So are small
 * ones in br, in a separate queue: 67 bytes of it can take 30 ms before the first byte comes out.
 *
 * @param by  Whose body it is, so that nobody gets every turn.
 * @throws HttpProblem  `body_too_large`, `content_encoding_invalid`, `overloaded`.
 */
export async function unpack(body: Buffer, codings: readonly Coding[], bytesMax: number, by: string): Promise<Buffer> {
  if (body.length === 0) return body;
  if (body.length > SMALL_BYTES) return large.run(by, body.length, () => unpackBeside(body, codings, bytesMax));
  if (codings.includes("br")) return brotli.run(by, body.length, () => unpackBeside(body, codings, bytesMax));
  const small = unpackSmall(body, codings, bytesMax);
  return small ?? large.run(by, body.length, () => unpackBeside(body, codings, bytesMax));
}

/** Null when it is not small. */
function unpackSmall(body: Buffer, codings: readonly Coding[], bytesMax: number): Buffer | null {
  const limits = {
    bytesMax: Math.min(bytesMax, SMALL_BYTES),
    zstdWindowLogMax: ZSTD_WINDOW_LOG,
    framesMax: SMALL_FRAMES,
  };
  let unpacked = body;
  for (const coding of codings.toReversed()) {
    try {
      unpacked = decompressNow(coding, unpacked, limits);
    } catch (error) {
      if (error instanceof TooManyFrames || (error instanceof DecodedTooLarge && bytesMax > SMALL_BYTES)) return null;
      throw refusalOf(error, coding, bytesMax);
    }
  }
  return unpacked;
}

async function unpackBeside(body: Buffer, codings: readonly Coding[], bytesMax: number): Promise<Buffer> {
  let unpacked = body;
  for (const coding of codings.toReversed()) {
    try {
      unpacked = await decompressBeside(coding, unpacked, { bytesMax, zstdWindowLogMax: ZSTD_WINDOW_LOG });
    } catch (error) {
      throw refusalOf(error, coding, bytesMax);
    }
  }
  return unpacked;
}

function refusalOf(error: unknown, coding: Coding, bytesMax: number): unknown {
  if (error instanceof DecodedTooLarge)
    return new HttpProblem(
      "body_too_large",
      `The decompressed body is larger than ${bytesMax} bytes, the most that is accepted here`,
    );
  if (!(error instanceof DecompressError)) return error;
  return new HttpProblem(
    "content_encoding_invalid",
    `Content-Encoding says ${coding}, but the body is not complete, valid ${coding}: ${error.message}`,
  );
}
