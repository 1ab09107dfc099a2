import type { Arrival } from "./arrival.ts";

const EMPTY = Buffer.alloc(0);
/** The approximate cost of a piece of a body, however small it is. */
const CHUNK_BYTES_MIN = 512;

/** What becomes of a body. */
export interface BodyListener {
  body(arrival: Arrival, body: Buffer): void;
  /** It has at least so many bytes, and the rest of it still comes. */
  tooLarge(arrival: Arrival, bytes: number): void;
  /** Too many bytes of other bodies are held. */
  noRoom(arrival: Arrival): void;
}

/** Reads a body, within the endpoint's limit and the memory for bodies. Exactly one of `on` is called, unless the sender goes away before. */
export function receiveBody(arrival: Arrival, on: BodyListener): void {
  const { request, response, open, held } = arrival;
  const { bodyBytesMax } = open.route.endpoint;
  let first: Buffer | null = null;
  let rest: Buffer[] | null = null;
  let bytes = 0;
  let hasEnded = false;
  const drop = (): void => {
    first = rest = null;
    held.release();
  };
  request.on("data", (chunk: Buffer) => {
    if (response.headersSent) return;
    bytes += chunk.length;
    if (bytes > bodyBytesMax) {
      drop();
      return on.tooLarge(arrival, bytes);
    }
    if (!held.grow(Math.max(chunk.length, CHUNK_BYTES_MIN))) {
      drop();
      return on.noRoom(arrival);
    }
    if (first === null) first = chunk;
    else (rest ??= []).push(chunk);
  });
  request.on("end", () => {
    if (response.headersSent) return;
    hasEnded = true;
    const body = first === null ? EMPTY : rest === null ? first : Buffer.concat([first, ...rest], bytes);
    first = rest = null;
    on.body(arrival, body);
  });
  // Also when the sender disconnects or its time is up.
  request.once("close", () => {
    if (!hasEnded) drop();
  });
  request.resume();
}
