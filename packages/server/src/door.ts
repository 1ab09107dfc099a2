import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";

import { problemOf } from "./http-problem.ts";
import { listen, stopListening } from "./listen.ts";
import { openSideSockets } from "./side-sockets.ts";

/** An address that is taken before the server is ready. */
export interface Door {
  readonly url: string;
  readonly port: number;
  /** Gives the address to a server, without releasing it in between. */
  leadTo(server: HttpServer): Promise<void>;
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
export async function openDoor(address: { readonly host: string; readonly port: number }): Promise<Door> {
  const { host } = address;
  const unavailable = JSON.stringify(
    problemOf("unavailable", { detail: "MeshHook is starting, and nothing was stored. Send the request again" }),
  );
  const listener = createServer((request, response) => {
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
  await listen(listener, address);
  const sideSockets = await openSideSockets(listener);
  const { port } = listener.address() as AddressInfo;
  let current = listener;
  return {
    port,
    url: urlOf(host, port),
    leadTo: async (server) => {
      await listen(server, listener);
      sideSockets.leadTo(server);
      current = server;
    },
    close: async () => {
      const closed = Promise.all([stopListening(current), sideSockets.close()]);
      if (current === listener) listener.closeAllConnections();
      await closed;
    },
  };
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
