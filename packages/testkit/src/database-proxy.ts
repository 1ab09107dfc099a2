import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A connection to the database that a test can pause, delay and cut. */
export interface DatabaseProxy {
  /** The database's connection string, through the proxy. */
  readonly url: string;
  /** Holds back the server's answers from now on, including the end of connections; requests still reach it. */
  holdAnswers(): void;
  /** From now on everything takes this much longer, in both directions. */
  delay(ms: number): void;
  /** Ends all connections; with `refuse`, new ones are ended at once. */
  cut(options?: { readonly refuse?: boolean }): void;
  /** Lets new connections and their answers through, without delay. */
  restore(): void;
  close(): Promise<void>;
}

export async function databaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isHolding = false;
  let isRefusing = false;
  let delayMs = 0;
  const send = (to: Socket, chunk: Buffer): void => {
    if (delayMs === 0) to.write(chunk);
    else setTimeout(() => to.write(chunk), delayMs);
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (isRefusing) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => sockets.delete(socket));
    }
    client.on("data", (chunk: Buffer) => send(upstream, chunk));
    client.on("end", () => upstream.end());
    client.on("close", () => upstream.destroy());
    upstream.on("data", (chunk: Buffer) => {
      if (!isHolding) send(client, chunk);
    });
    upstream.on("close", () => {
      if (!isHolding) client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    holdAnswers: () => {
      isHolding = true;
    },
    delay: (ms) => {
      delayMs = ms;
    },
    cut: ({ refuse = false } = {}) => {
      isRefusing = refuse;
      isHolding = false;
      endAll();
    },
    restore: () => {
      isHolding = false;
      delayMs = 0;
      isRefusing = false;
    },
    close: () => {
      endAll();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
