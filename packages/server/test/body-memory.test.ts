import { once } from "node:events";
import { connect, Socket } from "node:net";
import { gzipSync } from "node:zlib";

import { afterEach, expect, it, vi } from "vitest";

import { post, publish, pureDefinition, startHarness, type Harness } from "./harness.ts";

const MIB = 1_048_576;
const BYTES_MAX = 16 * MIB;
/** What large bodies of one project may take: half of three quarters. */
const LARGE_OF_ONE = 6 * MIB;

let harness: Harness;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await harness.close();
});

/** A sender that announces one byte more than it sends. */
class HalfSent {
  readonly #socket: Socket;
  seen = "";

  constructor(path: string, bytes: number, isChunked: boolean) {
    this.#socket = connect(harness.server.port, "127.0.0.1");
    sockets.push(this.#socket);
    this.#socket.on("error", () => {});
    this.#socket.setEncoding("utf8").on("data", (text: string) => (this.seen += text));
    const size = (bytes + 1).toString(16);
    const body = isChunked ? `transfer-encoding: chunked\r\n\r\n${size}\r\n` : `content-length: ${bytes + 1}\r\n\r\n`;
    this.#socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\n${body}`);
    this.#socket.write("x".repeat(bytes));
  }

  get isRefused(): boolean {
    return this.seen.startsWith("HTTP/1.1 503 ");
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    if (!this.#socket.closed) await once(this.#socket, "close");
  }
}

async function held(): Promise<number> {
  const text = await (await fetch(`${harness.url}/metrics`)).text();
  return Number(/^meshhook_intake_bytes (\S+)$/m.exec(text)?.[1]);
}

async function start(): Promise<string> {
  harness = await startHarness({ intakeBytesMax: BYTES_MAX });
  return (await publish(harness.client, pureDefinition(), { bodyBytesMax: 10 * MIB })).path;
}

it.each([
  ["announced", false],
  ["chunked", true],
])(
  "half-sent %s bodies are held up to a bound and refused beyond it, small ones are still taken, and all is free when they are gone",
  async (_name, isChunked) => {
    const path = await start();
    const senders = Array.from({ length: 30 }, () => new HalfSent(path, 900_000, isChunked));
    const kept = Math.floor(LARGE_OF_ONE / 900_000);
    await vi.waitFor(
      async () => {
        expect(senders.filter((sender) => sender.isRefused).length).toBeGreaterThanOrEqual(senders.length - kept);
        expect(await held()).toBeGreaterThan(0);
      },
      { timeout: 30_000 },
    );
    expect(await held()).toBeLessThanOrEqual(LARGE_OF_ONE);
    const refused = senders.filter((sender) => sender.isRefused);
    for (const { seen } of refused) {
      expect(seen.toLowerCase()).toContain("retry-after: ");
      expect(seen.toLowerCase()).toContain("connection: close");
      expect(seen).toContain('"overloaded"');
    }
    const large = "x".repeat(LARGE_OF_ONE - MIB);
    const text = { "content-type": "text/plain" };
    expect(await post(harness.url + path, large, text)).toMatchObject({ status: 503, body: { code: "overloaded" } });
    expect(await post(harness.url + path, "x".repeat(60_000), text)).toMatchObject({ status: 202 });
    await Promise.all(senders.map((sender) => sender.close()));
    await vi.waitFor(async () => expect(await held()).toBe(0), { timeout: 30_000 });
    expect(await post(harness.url + path, large, text)).toMatchObject({ status: 202 });
    expect(await held()).toBe(0);
  },
);

it("a body in tiny pieces counts with the cost of its pieces", async () => {
  const path = await start();
  const pieces = "1\r\nx\r\n".repeat(LARGE_OF_ONE / 512 + 1);
  const sender = new HalfSent(path, 0, true);
  sockets[0]?.write(`x\r\n${pieces}`);
  await vi.waitFor(() => expect(sender.isRefused).toBe(true), { timeout: 30_000 });
});

it("a sender that continues with bytes that are not HTTP, and keeps the connection open, holds nothing for long", async () => {
  const path = await start();
  const socket = new Socket({ allowHalfOpen: true }).connect(harness.server.port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => {}).resume();
  const closed = once(socket, "close");
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n20000\r\n${"x".repeat(0x20000)}\r\n`,
  );
  await vi.waitFor(async () => expect(await held()).toBeGreaterThanOrEqual(0x20000));
  socket.write("not a size\r\n");
  await vi.waitFor(async () => expect(await held()).toBe(0), { timeout: 10_000 });
  socket.end();
  await closed;
});

it("nothing is held after an answer of any kind", async () => {
  const path = await start();
  const url = harness.url + path;
  const json = (value: unknown): string => JSON.stringify(value);
  const packed = new Uint8Array(gzipSync(json("x".repeat(400_000))));
  const statuses = [
    (await post(url, json({}))).status,
    (await post(url, "{")).status,
    (await post(url, json({ challenge: "a", type: "url_verification" }))).status,
    (await post(url, packed, { "content-encoding": "gzip" })).status,
    (await post(url, packed.slice(0, 20), { "content-encoding": "gzip" })).status,
    (await post(url, "x".repeat(7 * MIB))).status,
    (await post(url, "x", { "content-type": "application/zip" })).status,
    (await post(url, json("x".repeat(300_000)))).status,
    (await post(url, `[${"1,".repeat(200_000)}`)).status,
  ];
  expect(statuses).toEqual([202, 400, 200, 202, 400, 503, 415, 202, 400]);
  expect(await held()).toBe(0);
});
