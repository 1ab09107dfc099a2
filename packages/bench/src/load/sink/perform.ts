import type { Socket } from "node:net";
import type { BrokenAnswer, Drawn } from "./target.ts";

const ACCEPTED = '{"accepted":true}';
const HEAD = "content-type: application/json\r\n";

/** Answers without a `retry-after`, by status: nearly every call gets one of these. */
const plainAnswers = new Map<number, string>();

function plainAnswer(status: number): string {
  let answer = plainAnswers.get(status);
  if (answer === undefined) plainAnswers.set(status, (answer = wholeAnswer(status)));
  return answer;
}

function wholeAnswer(status: number, retryAfterSeconds?: number): string {
  const body = status < 300 ? ACCEPTED : `{"error":"status ${String(status)} was drawn for this call"}`;
  const retry = retryAfterSeconds === undefined ? "" : `retry-after: ${String(retryAfterSeconds)}\r\n`;
  return `${startLine(status)}${HEAD}${retry}content-length: ${String(body.length)}\r\n\r\n${body}`;
}

/** Does to one call's connection what was drawn for it. `onAnswered` is called when a whole answer was written. */
export function perform(socket: Socket, { behaviour, delayMs }: Drawn, onAnswered: () => void): void {
  switch (behaviour.kind) {
    case "answer": {
      const answer = () => {
        const { status, retryAfter } = behaviour;
        write(
          socket,
          retryAfter === undefined || retryAfter === null ? plainAnswer(status) : wholeAnswer(status, retryAfter),
        );
        onAnswered();
      };
      if (delayMs === 0) answer();
      else setTimeout(answer, delayMs);
      break;
    }
    case "hang":
      break;
    case "drip":
      write(socket, `${startLine(behaviour.status)}${HEAD}content-length: ${String(behaviour.bytes)}\r\n\r\n`);
      drip(socket, jsonText(behaviour.bytes), behaviour.every);
      break;
    case "huge":
      flood(socket, behaviour.bytes, behaviour.framing);
      break;
    case "broken":
      writeBroken(socket, behaviour.how);
      break;
    case "reset":
      if (behaviour.when === "at-once") socket.resetAndDestroy();
      else {
        const part =
          behaviour.when === "in-head" ? startLine(200) : `${startLine(200)}content-length: 100\r\n\r\n{"acc`;
        // What was written has to be on its way before the reset, which overtakes everything else.
        socket.write(part, () => setImmediate(() => socket.resetAndDestroy()));
      }
      break;
    case "stale":
      write(socket, plainAnswer(200));
      setTimeout(() => close(socket), behaviour.after);
      break;
  }
}

function startLine(status: number): string {
  return `HTTP/1.1 ${String(status)} ${status < 400 ? "OK" : "Not now"}\r\n`;
}

function write(socket: Socket, text: string): void {
  if (!socket.destroyed) socket.write(text, "latin1");
}

/** Closes both ways once everything is sent: a call that arrives later is not taken, as no server takes it on a closed connection. */
function close(socket: Socket): void {
  socket.destroySoon();
}

function drip(socket: Socket, text: string, everyMs: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    write(socket, text.charAt(sent));
    sent += 1;
    if (sent >= text.length || socket.destroyed) clearInterval(timer);
  }, everyMs);
}

const FLOOD_PIECE = Buffer.alloc(65_536, "x");

/** Writes a JSON string of `bytes` bytes as fast as it is read. */
function flood(socket: Socket, bytes: number, framing: "length" | "chunked"): void {
  const isChunked = framing === "chunked";
  const length = isChunked ? "transfer-encoding: chunked\r\n" : `content-length: ${String(bytes)}\r\n`;
  write(socket, `${startLine(200)}${HEAD}${length}\r\n`);
  let sent = 0;
  const send = (piece: Buffer | string): boolean => {
    sent += piece.length;
    if (!isChunked) return socket.write(piece);
    socket.write(`${piece.length.toString(16)}\r\n`);
    socket.write(piece);
    return socket.write("\r\n");
  };
  const go = () => {
    while (!socket.destroyed) {
      const left = bytes - 1 - sent;
      if (left <= 0) {
        socket.off("drain", go);
        send('"');
        if (isChunked) socket.write("0\r\n\r\n");
        return;
      }
      if (!send(left < FLOOD_PIECE.length ? FLOOD_PIECE.subarray(0, left) : FLOOD_PIECE)) return;
    }
  };
  socket.on("drain", go);
  send('"');
  go();
}

/** A JSON string that takes so many bytes. */
function jsonText(bytes: number): string {
  return bytes < 2 ? "1".repeat(bytes) : `"${"x".repeat(bytes - 2)}"`;
}

/** What each broken answer says; those that would leave the caller waiting end the connection as well. */
const BROKEN: { readonly [How in BrokenAnswer]: { readonly text: string; readonly isEnd: boolean } } = {
  "not-http": { text: "220 smtp.example ESMTP\r\n\r\n", isEnd: true },
  "short-body": { text: `${startLine(200)}${HEAD}content-length: 1000\r\n\r\n{"accepted"`, isEnd: true },
  "bad-chunk": { text: `${startLine(200)}${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`, isEnd: true },
  "two-lengths": { text: `${startLine(200)}${HEAD}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`, isEnd: true },
  "endless-head": { text: `${startLine(200)}x-padding: ${"x".repeat(1_000_000)}`, isEnd: false },
  "closed-at-once": { text: "", isEnd: true },
  "bad-json": { text: `${startLine(200)}${HEAD}content-length: 11\r\n\r\n{"accepted"`, isEnd: false },
};

function writeBroken(socket: Socket, how: BrokenAnswer): void {
  const { text, isEnd } = BROKEN[how];
  if (text !== "") write(socket, text);
  if (isEnd) close(socket);
}
