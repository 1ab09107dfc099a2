import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

import { waitFor } from "@meshhook/testkit";
import { afterEach, describe, expect, it } from "vitest";

import { openDoor, type Door } from "../src/index.ts";
import { raw } from "./harness.ts";

const host = "127.0.0.1";
const isLinux = process.platform === "linux";
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(port = 0, at = host): Promise<Door> {
  const door = await openDoor({ host: at, port });
  closers.push(() => door.close());
  return door;
}

async function lead(door: Door): Promise<HttpServer> {
  const server = createHttpServer((_request, response) => response.end("served"));
  await door.leadTo(server);
  return server;
}

function dial(port: number, count: number): Socket[] {
  return Array.from({ length: count }, () => {
    const socket = connect(port, host);
    closers.push(() => Promise.resolve(socket.destroy()));
    return socket;
  });
}

async function hold(port: number, options: { readonly reusePort?: boolean }): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen({ host, port, ...options }, resolve);
  });
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return server;
}

describe("a port that is taken", () => {
  it("is refused to a second start, also for another address and after a server has taken it over", async () => {
    const door = await open();
    for (const at of [host, "0.0.0.0"]) await expect(open(door.port, at)).rejects.toMatchObject({ code: "EADDRINUSE" });
    await lead(door);
    await expect(open(door.port)).rejects.toMatchObject({ code: "EADDRINUSE" });
    await door.close();
    closers.pop();
    await open(door.port);
  });

  it("goes to one of two that start together", async () => {
    const { port } = await open();
    await closers.pop()?.();
    const outcomes = await Promise.allSettled([open(port), open(port)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it.runIf(isLinux)("is refused even if its owner would share it", async () => {
    const sharing = await hold(0, { reusePort: true });
    const { port } = sharing.address() as AddressInfo;
    await expect(open(port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

describe("connections", () => {
  it.runIf(isLinux)(
    "are accepted several at a time, so that a busy process does not keep new senders waiting",
    async () => {
      const door = await open();
      const server = await lead(door);
      const acceptedInTurn: number[] = [];
      let accepted = 0;
      server.on("connection", () => accepted++);
      dial(door.port, 64);
      for (let total = 0; total < 64; total += accepted) {
        accepted = 0;
        await new Promise((resolve) => setImmediate(resolve));
        if (accepted > 0) acceptedInTurn.push(accepted);
      }
      // A single socket would have taken 64.
      expect(acceptedInTurn.length).toBeLessThan(32);
    },
  );

  it("are all answered by the server once it has the address, and before by the door", async () => {
    const door = await open();
    const ask = (): Promise<string[]> =>
      Promise.all(
        Array.from({ length: 40 }, () => raw(door.port, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")),
      );
    for (const answer of await ask()) expect(answer).toContain("503 Service Unavailable");
    await lead(door);
    for (const answer of await ask()) expect(answer).toMatch(/served$/m);
  });

  it("are waited for when the address is released", async () => {
    const door = await openDoor({ host, port: 0 });
    const server = await lead(door);
    const accepted: Socket[] = [];
    server.on("connection", (socket: Socket) => accepted.push(socket));
    dial(door.port, 40);
    await waitFor("all are accepted", () => accepted.length === 40);
    let isReleased = false;
    const released = door.close().then(() => (isReleased = true));
    for (const socket of accepted) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(isReleased).toBe(false);
      socket.destroy();
    }
    await released;
  });
});
