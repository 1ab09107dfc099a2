import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";

import { problemOf } from "./http-problem.ts";
import { waitForFirstBytes, type TlsSource } from "./first-byte.ts";
import { listen, stopListening } from "./listen.ts";
import { joinSideSockets, KERNEL_SHARES_PORTS, openSideSockets, type SideSockets } from "./side-sockets.ts";

/** An address that is taken before the server is ready. */
export interface Door {
  readonly url: string;
  readonly port: number;
  /**
   * Whether other processes may share the address (`openSharedDoor`) while this one holds it. Where the kernel does not divide connections,
   * they can have it after `giveWay` only.
   */
  readonly isShareable: boolean;
  /** Gives the address to a server, without releasing it in between. */
  leadTo(server: HttpServer): Promise<void>;
  /** Stops listening, for processes that share the address; a second start is still kept out until `close`. */
  giveWay(): Promise<void>;
  /** Releases the address. Resolves when the connections are closed; the server that it leads to ends its own. */
  close(): Promise<void>;
}

const RETRY_AFTER_S = 2;

/**
 * Takes an address, so that a start on an address in use ends before it has changed anything.
 *
 * Until a server takes over, everything but /healthz is answered with 503 and `Retry-After`, each on its own connection.
 *
 * @param port  0: any free one.
 * @throws Error  with the system's `code`, when the address cannot be used.
 */
export async function openDoor(address: Address): Promise<Door> {
  const { host, port, tls } = address;
  const listener = startingListener();
  if (tls !== undefined) waitForFirstBytes(listener, tls);
  await listen(listener, { host, port });
  return doorOf(listener, address, await openSideSockets(listener));
}

/**
 * Shares an address with other processes, for all of which another process holds the port (`Door.isShareable`), from the moment when it leads
 * to a server. The kernel divides the connections between them; on systems where it does not, they must be workers of `node:cluster`.
 */
export function sharedDoor(address: Address): Door {
  let stop = (): Promise<void> => Promise.resolve();
  return {
    port: address.port,
    url: urlOf(address),
    isShareable: true,
    leadTo: async (server) => {
      const { host, port } = address;
      await listen(server, { host, port, reusePort: KERNEL_SHARES_PORTS });
      stop = () => stopListening(server);
      const sideSockets = await joinSideSockets(server);
      stop = async () => {
        await Promise.all([stopListening(server), sideSockets.close()]);
      };
    },
    giveWay: () => stop(),
    close: () => stop(),
  };
}

interface Address {
  readonly host: string;
  readonly port: number;
  /** Requests come encrypted. */
  readonly tls?: TlsSource;
}

/** Answers that MeshHook is starting. */
function startingListener(): HttpServer {
  const unavailable = JSON.stringify(
    problemOf("unavailable", { detail: "MeshHook is starting, and nothing was stored. Send the request again" }),
  );
  return createServer((request, response) => {
    request.resume();
    // A connection that stays open would remain with this listener.
    response.setHeader("connection", "close");
    if (request.url?.split("?", 1)[0] === "/healthz") {
      response.setHeader("content-type", "application/json; charset=utf-8");
      response.end(JSON.stringify({ status: "starting" }));
      return;
    }
    response.writeHead(503, { "content-type": "application/problem+json", "retry-after": String(RETRY_AFTER_S) });
    response.end(unavailable);
  });
}

function doorOf(listener: HttpServer, { host, tls }: Address, sideSockets: SideSockets): Door {
  const { port } = listener.address() as AddressInfo;
  let current = listener;
  const stop = async (others: Promise<void>): Promise<void> => {
    const closed = Promise.all([stopListening(current), others]);
    if (current === listener) listener.closeAllConnections();
    await closed;
  };
  return {
    port,
    url: urlOf({ host, port, ...(tls === undefined ? {} : { tls }) }),
    isShareable: sideSockets.isClaimed || !KERNEL_SHARES_PORTS,
    leadTo: async (server) => {
      await listen(server, listener);
      sideSockets.leadTo(server);
      current = server;
    },
    giveWay: () => stop(sideSockets.giveWay()),
    close: () => stop(sideSockets.close()),
  };
}

function urlOf({ host, port, tls }: Address): string {
  return `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
