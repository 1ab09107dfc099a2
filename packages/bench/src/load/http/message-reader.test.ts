import { describe, expect, test } from "vitest";
import { MessageReader } from "./message-reader.ts";

const TWO_MESSAGES = Buffer.from(
  "HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nhello" +
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" +
    "GET / HTTP/1.1\r\nhost: x\r\n\r\n",
);

function read(pieces: readonly Buffer[]): string[] {
  const seen: string[] = [];
  const reader = new MessageReader((head, body) => seen.push(`${head.split("\r\n")[0] ?? ""}|${body.toString()}`));
  for (const piece of pieces) {
    // The bytes are only lent: what the reader keeps must be its own copy.
    const lent = Buffer.from(piece);
    reader.push(lent);
    lent.fill(0);
  }
  return seen;
}

describe("message reader", () => {
  const whole = ["HTTP/1.1 202 Accepted|hello", "HTTP/1.1 200 OK|abcde", "GET / HTTP/1.1|"];

  test("several messages in one piece", () => {
    expect(read([TWO_MESSAGES])).toEqual(whole);
  });

  test("the same messages cut at every place", () => {
    for (let cut = 1; cut < TWO_MESSAGES.length; cut += 1) {
      expect(read([TWO_MESSAGES.subarray(0, cut), TWO_MESSAGES.subarray(cut)])).toEqual(whole);
    }
  });

  test("byte by byte", () => {
    expect(read(Array.from(TWO_MESSAGES, (byte) => Buffer.from([byte])))).toEqual(whole);
  });
});
