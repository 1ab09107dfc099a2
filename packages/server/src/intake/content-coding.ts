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

/** What is undone, for `Accept-Encoding` (RFC 9110, section 15.5.16). */
export const READ_CODINGS = "gzip, deflate, br, zstd";

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

/** Such bodies, and what becomes of them, are unpacked where they came in: that is done sooner than another thread hears of it. */
const SMALL_BYTES = 65_536;
const SMALL_FRAMES = 8;
/** 8 MiB, as RFC 9659 says. */
const ZSTD_WINDOW_LOG = 23;

const large = new UnpackQueue();
const brotli = new UnpackQueue({ atOnce: 2, atOnceOfOne: 1 });

/**
 * Undoes a body's codings, the last one first. Stops as soon as there are more than `bytesMax`: what would become larger is never
 * unpacked.
 *
 * Small bodies never wait. Larger ones are unpacked beside the event loop, a few at once, and the others wait for their turn. So are
 * small ones in br, in a queue of their own: 67 bytes of it can take 30 ms before the first byte comes out.
 *
 * @param by  Whose body it is: nobody has all turns.
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
      `The body unpacks to more than ${bytesMax} bytes, which is what is taken here`,
    );
  if (!(error instanceof DecompressError)) return error;
  return new HttpProblem(
    "content_encoding_invalid",
    `The body is not whole ${coding}, which its Content-Encoding says it is: ${error.message}`,
  );
}
