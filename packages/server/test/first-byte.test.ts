import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { waitForFirstBytes, type UnusedConnections } from "../src/first-byte.ts";

const REQUEST = "POST /any HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello";
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(
  keepAliveTimeout: number,
): Promise<{ readonly server: Server; readonly port: number; readonly unused: UnusedConnections }> {
  const times = { headersTimeout: 150, requestTimeout: 150, connectionsCheckingInterval: 20 };
  const server = createServer({ ...times, keepAliveTimeout, keepAliveTimeoutBuffer: 0 }, (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => response.end(`${request.method} ${body}`));
  });
  servers.push(server);
  const unused = waitForFirstBytes(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port, unused };
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

async function answerOn(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return chunk.toString();
}

describe("a connection that was opened ahead", () => {
  it("is served after longer than a request's header may take, as often as its sender likes", async () => {
    const { port } = await serve(60_000);
    const ahead = await dial(port);
    // As old as the one that waits, and in the middle of a header: its time is up first.
    const slow = await dial(port);
    slow.write("POST /any HTTP/1.1\r\n");
    expect(await answerOn(slow)).toContain("408 Request Timeout");
    for (let time = 0; time < 3; time++) {
      ahead.write(REQUEST);
      expect(await answerOn(ahead)).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*POST hello$/);
    }
    ahead.destroy();
  });

  it("is served when its first request comes in pieces", async () => {
    const { port } = await serve(60_000);
    const ahead = await dial(port);
    ahead.setNoDelay(true);
    for (const letter of REQUEST) {
      ahead.write(letter);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await answerOn(ahead)).toMatch(/POST hello$/);
    ahead.destroy();
  });

  it("is closed when it has waited as long as a used one may, and when the server closes", async () => {
    const { port } = await serve(100);
    await once((await dial(port)).resume(), "close");
    const later = await serve(60_000);
    const accepted = Promise.all([once(later.server, "connection"), dial(later.port)]);
    const [, socket] = await accepted;
    const closed = once(socket.resume(), "close");
    later.unused.close();
    await closed;
  });

  it("may be ended by its sender without a request", async () => {
    const { port } = await serve(60_000);
    const ahead = await dial(port);
    ahead.resume().end();
    await once(ahead, "close");
  });
});
