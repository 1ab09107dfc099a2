import { createServer, Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";

import { problemOf } from "./http-problem.ts";

/** An address that is taken before the server is ready. */
export interface Door {
  readonly url: string;
  readonly port: number;
  /** For `startServer`, which takes the address over without releasing it. */
  readonly listener: HttpServer;
  /** Releases the address. Call it only while nothing has taken it over. */
  close(): Promise<void>;
}

/** Connections that the operating system holds while the process is busy; it may cap this lower. */
const BACKLOG = 4_096;
const RETRY_AFTER_S = 2;

/**
 * Takes an address, so that a start on an address in use ends before it has changed anything.
 *
 * Until `startServer` takes over, everything but /healthz is answered with 503 and `Retry-After`, each on its own connection.
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
  const { port } = listener.address() as AddressInfo;
  return {
    port,
    url: urlOf(host, port),
    listener,
    close: async () => {
      const closed = new Promise((resolve) => listener.close(resolve));
      listener.closeAllConnections();
      await closed;
    },
  };
}

/**
 * Listens on an address, or on the address of another listener.
 *
 * @throws Error  when the address cannot be used; the message names it.
 */
export function listen(
  http: HttpServer,
  where: { readonly host: string; readonly port: number } | HttpServer,
): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    const onListening = (): void => {
      http.off("error", reject);
      resolve();
    };
    if (where instanceof HttpServer) http.listen(where, BACKLOG, onListening);
    else http.listen({ ...where, backlog: BACKLOG }, onListening);
  });
}

export function urlOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
