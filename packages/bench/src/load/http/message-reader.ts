/**
 * Cuts a byte stream into HTTP/1.1 messages, requests or responses: the part of HTTP that the benchmark's own ends need, as
 * cheaply as possible (a message that arrives in one piece is never copied).
 *
 * Bodies are framed by `content-length` or by `transfer-encoding: chunked`; a message with neither has no body. Trailers and
 * upgrades are not understood: the benchmark talks to its own ends and to MeshHook only.
 */
export class MessageReader {
  readonly #onMessage: (head: string, body: Buffer) => void;
  #rest: Buffer = EMPTY;

  /** `onMessage` gets the start line with the header lines as one Latin-1 string, and the body, valid during the call only. */
  constructor(onMessage: (head: string, body: Buffer) => void) {
    this.#onMessage = onMessage;
  }

  /** Takes the next bytes; they may be overwritten after the call. */
  push(chunk: Buffer): void {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let offset = 0;
    while (offset < data.length) {
      const headEnd = data.indexOf("\r\n\r\n", offset, "latin1");
      if (headEnd === -1) break;
      const head = data.toString("latin1", offset, headEnd);
      const bodyStart = headEnd + 4;
      const length = CONTENT_LENGTH.exec(head)?.[1];
      if (length === undefined && CHUNKED.test(head)) {
        const chunked = readChunked(data, bodyStart);
        if (chunked === null) break;
        offset = chunked.end;
        this.#onMessage(head, chunked.body);
      } else {
        const end = bodyStart + Number(length ?? 0);
        if (end > data.length) break;
        offset = end;
        this.#onMessage(head, data.subarray(bodyStart, end));
      }
    }
    this.#rest = offset === data.length ? EMPTY : Buffer.from(data.subarray(offset));
  }
}

const EMPTY = Buffer.alloc(0);
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;

/** The body of a chunked message from `start`, and where the next message begins; null while it is incomplete. */
function readChunked(data: Buffer, start: number): { readonly body: Buffer; readonly end: number } | null {
  const pieces: Buffer[] = [];
  let offset = start;
  for (;;) {
    const lineEnd = data.indexOf("\r\n", offset, "latin1");
    if (lineEnd === -1) return null;
    const size = parseInt(data.toString("latin1", offset, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error(`Broken chunk size "${data.toString("latin1", offset, lineEnd)}".`);
    const pieceStart = lineEnd + 2;
    const next = pieceStart + size + 2;
    if (next > data.length) return null;
    if (size === 0) return { body: Buffer.concat(pieces), end: next };
    pieces.push(data.subarray(pieceStart, pieceStart + size));
    offset = next;
  }
}
