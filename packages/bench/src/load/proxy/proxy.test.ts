import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { waitFor } from "@meshhook/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Proxy } from "./proxy.ts";
import type { Toxic } from "./toxic.ts";

/** A server whose connections a test looks at. */
class Target {
  readonly connections: Accepted[] = [];
  readonly #server: Server;

  constructor(isEcho: boolean) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.connections.push(new Accepted(socket));
      if (isEcho) socket.pipe(socket);
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, "127.0.0.1", 4_096);
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  /** The connection with this number, once it is there. */
  async connection(number: number): Promise<Accepted> {
    await waitFor(`connection ${String(number)}`, () => this.connections[number] !== undefined);
    return this.connections[number]!;
  }

  close(): void {
    for (const { socket } of this.connections) socket.destroy();
    this.#server.close();
  }
}

/** A socket, what it received, and how it ended. */
class Accepted {
  readonly socket: Socket;
  readonly pieces: Buffer[] = [];
  readonly pieceAtMs: number[] = [];
  hasEnded = false;
  isClosed = false;
  error: string | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.pieces.push(bytes);
      this.pieceAtMs.push(performance.now());
    });
    socket.on("end", () => (this.hasEnded = true));
    socket.on("close", () => (this.isClosed = true));
    socket.on("error", (error: NodeJS.ErrnoException) => (this.error = error.code ?? error.message));
  }

  get received(): Buffer {
    return Buffer.concat(this.pieces);
  }
}

let target: Target;
let proxy: Proxy;
const clients: Socket[] = [];

async function place(isEcho: boolean): Promise<void> {
  target = new Target(isEcho);
  proxy = await Proxy.start({ host: "127.0.0.1", port: await target.listen() });
}

/** Connects through the proxy; the connection stands when this resolves. */
async function dial(): Promise<Accepted> {
  const socket = connect({ host: "127.0.0.1", port: proxy.port, allowHalfOpen: true, noDelay: true });
  clients.push(socket);
  const accepted = new Accepted(socket);
  await once(socket, "connect");
  return accepted;
}

afterEach(async () => {
  for (const socket of clients.splice(0)) socket.destroy();
  await proxy.stop();
  target.close();
});

describe("with an echo behind it", () => {
  beforeEach(() => place(true));

  test.for<{ readonly title: string; readonly toxics: readonly Toxic[] }>([
    { title: "no toxic", toxics: [] },
    { title: "latency with jitter", toxics: [{ kind: "latency", ms: 20, jitterMs: 20 }] },
    { title: "a bandwidth", toxics: [{ kind: "bandwidth", bytesPerSecond: 20_000_000 }] },
    { title: "a slicer", toxics: [{ kind: "slicer", bytes: 4_096, variationBytes: 4_000 }] },
    {
      title: "all of them",
      toxics: [
        { kind: "latency", ms: 5, jitterMs: 5 },
        { kind: "bandwidth", bytesPerSecond: 20_000_000 },
        { kind: "slicer", bytes: 10_000, variationBytes: 9_999 },
        { kind: "slow_close", ms: 10 },
      ],
    },
  ])("every byte passes in order, both ways, and then the end: $title", async ({ toxics }) => {
    for (const toxic of toxics) await proxy.add(toxic);
    const sent = randomBytes(3_000_000);
    const client = await dial();
    client.socket.end(sent);
    await waitFor("the echo's end", () => client.hasEnded);
    expect(digest(client.received)).toBe(digest(sent));
    await waitFor("both sides to be closed", async () => (await proxy.report()).connectionsOpen === 0);
    expect(await proxy.report()).toMatchObject({
      bytesUpstream: 3_000_000,
      bytesDownstream: 3_000_000,
      bytesLost: 0,
      bytesHeld: 0,
    });
  });

  test("two thousand connections pass at once, and are all gone in the end", async () => {
    const dialled = await Promise.all(Array.from({ length: 2_000 }, () => dial()));
    for (const [number, client] of dialled.entries()) client.socket.end(`hello from ${String(number)}`);
    await waitFor("every echo", () => dialled.every((client) => client.hasEnded), { timeoutMs: 60_000 });
    for (const [number, client] of dialled.entries())
      expect(client.received.toString()).toBe(`hello from ${String(number)}`);
    await waitFor("every connection's end", async () => (await proxy.report()).connectionsOpen === 0);
    expect((await proxy.report()).connectionsTotal).toBe(2_000);
  });

  test("latency is added once each way that it covers, and gone when it is removed", async () => {
    const removeBoth = await proxy.add({ kind: "latency", ms: 100 });
    const client = await dial();
    expect(await roundTripMs(client)).toBeGreaterThanOrEqual(198);
    const removeUp = await proxy.add({ kind: "latency", ms: 150, direction: "upstream" });
    await removeBoth();
    expect(await roundTripMs(client)).toBeGreaterThanOrEqual(148);
    // What waits when the latency is removed is let through at once, and not after its minute.
    await proxy.add({ kind: "latency", ms: 60_000, direction: "downstream" }).then(async (removeMinute) => {
      client.socket.write("?");
      await waitFor("the answer to be held", async () => (await proxy.report()).bytesHeld === 1);
      await removeUp();
      await removeMinute();
    });
    await waitFor("the answer", () => client.received.toString().endsWith("?"));
  });

  test("latency delays and does not throttle", async () => {
    await proxy.add({ kind: "latency", ms: 200, direction: "upstream" });
    const client = await dial();
    // Fifty pieces, one after the other: if each waited for the one before it, this would take ten seconds.
    for (let piece = 0; piece < 50; piece += 1) {
      client.socket.write("x");
      await waitFor("the piece to be taken by itself", async () => {
        const { bytesHeld, bytesUpstream } = await proxy.report();
        return bytesHeld + bytesUpstream > piece;
      });
    }
    await waitFor("all echoes", () => client.received.length === 50);
  });

  test("a bandwidth is not exceeded, by each connection", async () => {
    await proxy.add({ kind: "bandwidth", bytesPerSecond: 100_000, direction: "upstream" });
    const started = performance.now();
    const dialled = [await dial(), await dial()];
    for (const client of dialled) client.socket.end(Buffer.alloc(50_000));
    await waitFor("both echoes", () => dialled.every((client) => client.hasEnded));
    expect(performance.now() - started).toBeGreaterThanOrEqual(450);
  });

  test("without any bandwidth, everything is held until the toxic is removed, and nothing is lost", async () => {
    const remove = await proxy.add({ kind: "bandwidth", bytesPerSecond: 0 });
    const client = await dial();
    client.socket.end("held");
    await waitFor("the bytes to be held", async () => (await proxy.report()).bytesHeld === 4);
    expect(client.pieces).toEqual([]);
    await remove();
    await waitFor("the echo's end", () => client.hasEnded);
    expect(client.received.toString()).toBe("held");
  });

  test("toxicity decides for each connection, by the share that it names", async () => {
    await proxy.add({ kind: "timeout", toxicity: 0.5 });
    const dialled = await Promise.all(Array.from({ length: 400 }, () => dial()));
    for (const client of dialled) client.socket.write("x");
    await waitFor("the others' echoes", async () => {
      const { bytesLost, bytesDownstream } = await proxy.report();
      return bytesLost + bytesDownstream === 400;
    });
    const { bytesLost } = await proxy.report();
    // Five standard deviations around 200.
    expect(bytesLost).toBeGreaterThan(150);
    expect(bytesLost).toBeLessThan(250);
  });
});

describe("with a silent server behind it", () => {
  beforeEach(() => place(false));

  test("a slicer cuts data into pieces of about its size", async () => {
    await proxy.add({ kind: "slicer", bytes: 10, pauseMs: 5, direction: "upstream" });
    const client = await dial();
    client.socket.end("0123456789".repeat(10));
    const server = await target.connection(0);
    await waitFor("the end", () => server.hasEnded);
    expect(server.received.toString()).toBe("0123456789".repeat(10));
    expect(server.pieces.length).toBeGreaterThan(5);
    expect(server.pieceAtMs.at(-1)! - server.pieceAtMs[0]!).toBeGreaterThanOrEqual(40);
  });

  test("a slow close delays the end and not the data", async () => {
    await proxy.add({ kind: "slow_close", ms: 300, direction: "upstream" });
    const client = await dial();
    const started = performance.now();
    client.socket.end("last words");
    const server = await target.connection(0);
    await waitFor("the data", () => server.received.toString() === "last words");
    expect(server.hasEnded).toBe(false);
    await waitFor("the end", () => server.hasEnded);
    expect(performance.now() - started).toBeGreaterThanOrEqual(299);
  });

  test("a timeout swallows data, ends and resets, and closes nothing; when it is removed, connections that lost bytes are reset", async () => {
    const [speaking, silent, closing] = [await dial(), await dial(), await dial()];
    for (const client of [speaking, silent, closing]) client.socket.write("before");
    for (const number of [0, 1, 2]) {
      const server = await target.connection(number);
      await waitFor("the first word", () => server.received.length === 6);
    }
    const remove = await proxy.add({ kind: "timeout" });
    speaking.socket.write("swallowed");
    closing.socket.resetAndDestroy();
    const late = await dial();
    late.socket.end("swallowed too");
    await waitFor("the words to be swallowed", async () => (await proxy.report()).bytesLost === 9 + 13);
    target.connections[0]!.socket.write("and back");
    await waitFor("the answer to be swallowed", async () => (await proxy.report()).bytesLost === 9 + 13 + 8);
    expect((await proxy.report()).connectionsOpen).toBe(4);
    expect([speaking, silent, late].map(({ isClosed, pieces }) => [isClosed, pieces.length])).toEqual([
      [false, 0],
      [false, 0],
      [false, 0],
    ]);
    expect(target.connections.map(({ isClosed, hasEnded }) => [isClosed, hasEnded])).toEqual(
      Array.from({ length: 4 }, () => [false, false]),
    );
    await remove();
    await waitFor("the resets", () => speaking.isClosed && late.isClosed);
    expect([speaking.error, late.error]).toEqual(["ECONNRESET", "ECONNRESET"]);
    await waitFor("the server's side", () => target.connections.filter(({ isClosed }) => isClosed).length === 3);
    // Nothing was sent on this one while the link was gone, so it is as good as before.
    silent.socket.write(", after");
    await waitFor("the rest", () => target.connections.some(({ received }) => received.toString() === "before, after"));
  });

  test("a timeout with an end closes connections then, and not before", async () => {
    await proxy.add({ kind: "timeout", closeAfterMs: 200 });
    const started = performance.now();
    const client = await dial();
    client.socket.write("swallowed");
    await waitFor("the close", () => client.hasEnded || client.isClosed);
    expect(performance.now() - started).toBeGreaterThanOrEqual(199);
    expect((await target.connection(0)).received.length).toBe(0);
  });

  test("a reset reaches both ends as a reset, of open connections and of new ones, until it is removed", async () => {
    const open = await dial();
    const server = await target.connection(0);
    const remove = await proxy.add({ kind: "reset_peer" });
    await waitFor("both resets", () => open.isClosed && server.isClosed);
    expect([open.error, server.error]).toEqual(["ECONNRESET", "ECONNRESET"]);
    const next = await dial();
    await waitFor("the next reset", () => next.isClosed);
    expect(next.error).toBe("ECONNRESET");
    await remove();
    const last = await dial();
    last.socket.end("through");
    await waitFor("the word", () => target.connections.some(({ received }) => received.toString() === "through"));
  });

  test("a data limit lets exactly its bytes through and then closes the connection", async () => {
    await proxy.add({ kind: "limit_data", bytes: 100_000, direction: "upstream" });
    const client = await dial();
    client.socket.write(Buffer.alloc(250_000, "a"));
    const server = await target.connection(0);
    await waitFor("the end", () => server.hasEnded);
    expect(server.received.length).toBe(100_000);
    await waitFor("the client's end", () => client.hasEnded || client.isClosed);
  });

  test("a cut link resets open connections and refuses new ones; afterwards it is at the same port", async () => {
    const open = await dial();
    const server = await target.connection(0);
    const restore = await proxy.add({ kind: "down" });
    await waitFor("both ends", () => open.isClosed && server.isClosed);
    expect(open.error).toBe("ECONNRESET");
    await expect(dial()).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await restore();
    await restore();
    const next = await dial();
    next.socket.end("again");
    await waitFor("the word", () => target.connections.some(({ received }) => received.toString() === "again"));
  });

  test("senders that are not read from feel it, and the proxy's memory stays bounded", async () => {
    await proxy.add({ kind: "bandwidth", bytesPerSecond: 0 });
    const dialled = await Promise.all(Array.from({ length: 50 }, () => dial()));
    const piece = Buffer.alloc(1_000_000);
    for (const client of dialled) for (let n = 0; n < 10; n += 1) client.socket.write(piece);
    let held = -1;
    await waitFor(
      "no more to be taken",
      async () => {
        const before = held;
        held = (await proxy.report()).bytesHeld;
        return held > 0 && held === before;
      },
      { pollMs: 100 },
    );
    // Half a gigabyte was sent; each of the fifty pipes holds a quarter of a megabyte and the read that filled it.
    expect(held).toBeLessThanOrEqual(50 * (262_144 + 65_536));
    for (const client of dialled) expect(client.socket.writableLength).toBeGreaterThan(0);
  });

  test("a server that is not there looks like a reset", async () => {
    target.close();
    const client = await dial();
    await waitFor("the reset", () => client.isClosed);
    expect(client.error).toBe("ECONNRESET");
  });

  test("impossible figures are refused with what is possible", async () => {
    await expect(proxy.add({ kind: "latency", ms: -1 })).rejects.toThrow(
      "The toxic latency cannot have ms = -1. Choose a number from 0.",
    );
    await expect(proxy.add({ kind: "slicer", bytes: 0 })).rejects.toThrow("Choose a number from 1.");
    await expect(proxy.add({ kind: "timeout", toxicity: 1.5 })).rejects.toThrow("from 0 to 1");
    await expect(proxy.add({ kind: "bandwidth", bytesPerSecond: Number.NaN })).rejects.toThrow("bytesPerSecond = NaN");
  });

  test("a stopped proxy leaves nothing behind: its process is gone and both ends see the end", async () => {
    const client = await dial();
    const server = await target.connection(0);
    await proxy.stop();
    await waitFor("both ends", () => (client.isClosed || client.hasEnded) && (server.isClosed || server.hasEnded));
    expect(() => process.kill(proxy.pid, 0)).toThrow("ESRCH");
  });
});

async function roundTripMs(client: Accepted): Promise<number> {
  const before = client.received.length;
  const started = performance.now();
  client.socket.write("x");
  await waitFor("the echo", () => client.received.length > before, { pollMs: 1 });
  return performance.now() - started;
}

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
