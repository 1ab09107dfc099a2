import type { Server as HttpServer } from "node:http";
import { Socket } from "node:net";
import { TLSSocket, type SecureContext } from "node:tls";

/** Connections that were opened and have not carried a byte. */
export interface UnusedConnections {
  close(): void;
}

interface Unused {
  readonly socket: Socket;
  /** Where it is in the list of all. */
  place: number;
}

/** Where encrypted connections get their certificate from; the current one counts. */
export interface TlsSource {
  readonly context: SecureContext;
}

/** The first byte of a TLS record with a handshake (RFC 8446, section 5.1). */
const HANDSHAKE = 0x16;
const HANDSHAKE_MS = 10_000;
const NO_TLS = Buffer.from(
  '{"type":"/problems/bad_request","title":"Malformed HTTP request","status":400,"code":"bad_request","detail":"This port speaks HTTPS only; write https:// in the address"}',
);

/**
 * Hands a connection to a server's parser when its first byte arrives. Must be called before anybody else listens for connections.
 *
 * Senders open connections ahead. Node counts the time for the header of the first request from the moment the connection opens: one that
 * waits for longer gets 408 and is closed, and whatever its sender sends just then is lost. A connection that waits for its first request
 * may wait as long as one that waits for its next.
 *
 * @param tls  With it, connections from the network must be encrypted. The first byte says whether they are.
 */
export function waitForFirstBytes(server: HttpServer, tls: TlsSource | null = null): UnusedConnections {
  // Not a `Set`: its old tables would keep every connection that was ever in it (docs/decisions/0011).
  const all: Unused[] = [];
  const [accept] = server.listeners("connection");
  server.removeAllListeners("connection");
  const wait = (socket: Socket, mustEncrypt: TlsSource | null): void => {
    const unused: Unused = { socket, place: all.length };
    const leave = (): void => {
      const last = all.pop();
      if (last !== undefined && last !== unused) {
        all[unused.place] = last;
        last.place = unused.place;
      }
      socket.setTimeout(0);
      socket.off("timeout", drop).off("end", drop).off("error", drop).off("close", drop).off("data", begin);
    };
    const drop = (): void => {
      leave();
      socket.destroy();
    };
    const begin = (chunk: Buffer): void => {
      leave();
      socket.pause();
      if (mustEncrypt !== null && chunk[0] !== HANDSHAKE) return refuse(socket);
      if (mustEncrypt === null) accept?.call(server, socket);
      socket.unshift(chunk);
      if (mustEncrypt === null) socket.resume();
      else encrypt(socket, mustEncrypt, (encrypted) => wait(encrypted, null));
    };
    all.push(unused);
    socket.setTimeout(server.keepAliveTimeout);
    socket.on("timeout", drop).on("end", drop).on("error", drop).on("close", drop).on("data", begin);
  };
  // Connections within the process are not sockets.
  server.on("connection", (socket: Socket) => wait(socket, socket instanceof Socket ? tls : null));
  return {
    close: () => {
      for (const { socket } of all) socket.destroy();
    },
  };
}

function encrypt(socket: Socket, { context }: TlsSource, ready: (encrypted: TLSSocket) => void): void {
  const encrypted = new TLSSocket(socket, { isServer: true, secureContext: context, ALPNProtocols: ["http/1.1"] });
  const drop = (): void => void encrypted.destroy();
  const timer = setTimeout(drop, HANDSHAKE_MS);
  socket.on("error", drop);
  encrypted.on("error", drop);
  encrypted.once("close", () => clearTimeout(timer));
  encrypted.once("secure", () => {
    clearTimeout(timer);
    encrypted.off("error", drop);
    ready(encrypted);
  });
}

function refuse(socket: Socket): void {
  socket.on("error", () => socket.destroy());
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/problem+json\r\ncontent-length: ${NO_TLS.length}\r\n\r\n${NO_TLS.toString()}`,
  );
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), 1_000);
  socket.once("close", () => clearTimeout(timer));
}
