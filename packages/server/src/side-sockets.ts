import type { Server as HttpServer } from "node:http";
import { createServer, type AddressInfo, type Server as SocketServer } from "node:net";

import { listen, stopListening } from "./listen.ts";

/** Further sockets that listen on the port of a server. */
export interface SideSockets {
  /** True when the port is claimed by this process, so that processes that it starts may listen there, too. */
  readonly isClaimed: boolean;
  /** What they accept is a connection of this server from now on. */
  leadTo(server: HttpServer): void;
  /** Stops listening but keeps the claim. Resolves when what they accepted is closed. */
  giveWay(): Promise<void>;
  /** Resolves when what they accepted is closed. */
  close(): Promise<void>;
}

/** Whether the kernel divides the connections to a port between the sockets that listen there, of several processes as well. */
export const KERNEL_SHARES_PORTS = process.platform === "linux";

/**
 * Node accepts one connection from a socket in each turn of its event loop, so that senders with new connections wait behind those with
 * kept ones while turns are long. The kernel divides new connections between sockets that share a port (docs/decisions/0030).
 */
const SIDE_SOCKETS = KERNEL_SHARES_PORTS ? 15 : 0;

/**
 * Lets a server that listens share its port with further sockets of this process. Without them it goes on listening alone: on other
 * systems, and where another process has claimed this port number, perhaps for another address.
 *
 * @throws Error  when the port was taken by another process meanwhile.
 */
export async function openSideSockets(server: HttpServer): Promise<SideSockets> {
  const { address: host, port } = server.address() as AddressInfo;
  const claim = SIDE_SOCKETS === 0 ? null : await claimPort(port);
  if (claim === null) return sideSockets([], null);
  try {
    // All sockets of a port have to be willing to share it, the first one too.
    await stopListening(server);
    await listen(server, { host, port, reusePort: true });
    return await openMore(server, claim);
  } catch (error) {
    await stopListening(claim);
    throw error;
  }
}

/** Like `openSideSockets`, for a server that shares a port which another process has claimed. */
export function joinSideSockets(server: HttpServer): Promise<SideSockets> {
  return openMore(server, null);
}

async function openMore(server: HttpServer, claim: SocketServer | null): Promise<SideSockets> {
  const { address: host, port } = server.address() as AddressInfo;
  const sockets: SocketServer[] = [];
  const side = sideSockets(sockets, claim, server);
  try {
    for (let i = 0; i < SIDE_SOCKETS; i++) {
      const socket = createServer({ allowHalfOpen: true, noDelay: true }, (connection) => side.accept(connection));
      await listen(socket, { host, port, reusePort: true });
      sockets.push(socket);
    }
  } catch (error) {
    await side.giveWay();
    throw error;
  }
  return side;
}

function sideSockets(
  sockets: readonly SocketServer[],
  claim: SocketServer | null,
  first?: HttpServer,
): SideSockets & { accept(connection: unknown): void } {
  let current = first;
  const giveWay = async (): Promise<void> => {
    await Promise.all(sockets.map(stopListening));
  };
  return {
    isClaimed: claim !== null,
    accept: (connection) => {
      current?.emit("connection", connection);
    },
    leadTo(next) {
      current = next;
    },
    giveWay,
    close: async () => {
      await Promise.all([giveWay(), claim === null ? undefined : stopListening(claim)]);
    },
  };
}

/**
 * Sockets that share a port let every process of the same user listen there too, so that a second start would silently take half of the
 * requests. A name that only one process can have, and that ends with it, says whose the port is.
 *
 * @returns null if another process has it.
 */
async function claimPort(port: number): Promise<SocketServer | null> {
  const claim = createServer((connection) => connection.destroy());
  try {
    await listen(claim, { path: `\0meshhook-port-${port}` });
  } catch {
    return null;
  }
  claim.unref();
  return claim;
}
