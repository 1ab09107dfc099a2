import type { Server as HttpServer } from "node:http";
import type { Socket } from "node:net";

/** Connections that were opened and have not carried a byte. */
export interface UnusedConnections {
  close(): void;
}

interface Unused {
  readonly socket: Socket;
  /** Where it is in the list of all. */
  place: number;
}

/**
 * Hands a connection to a server's parser when its first byte arrives. Must be called before anybody else listens for connections.
 *
 * Senders open connections ahead. Node counts the time for the header of the first request from the moment the connection opens: one that
 * waits for longer gets 408 and is closed, and whatever its sender sends just then is lost. A connection that waits for its first request
 * may wait as long as one that waits for its next.
 */
export function waitForFirstBytes(server: HttpServer): UnusedConnections {
  // Not a `Set`: its old tables would keep every connection that was ever in it (docs/decisions/0011).
  const all: Unused[] = [];
  const [accept] = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
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
      accept?.call(server, socket);
      socket.unshift(chunk);
      socket.resume();
    };
    all.push(unused);
    socket.setTimeout(server.keepAliveTimeout);
    socket.on("timeout", drop).on("end", drop).on("error", drop).on("close", drop).on("data", begin);
  });
  return {
    close: () => {
      for (const { socket } of all) socket.destroy();
    },
  };
}
