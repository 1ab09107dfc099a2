import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

import type { DeliverySource } from "@meshhook/core";

const TEST = Symbol("test");

type MarkedSocket = Socket & { [TEST]?: true };

/** Everything that comes over this connection was sent from MeshHook to try an endpoint. Nothing in a request can say so. */
export function markAsTest(connection: object): void {
  (connection as MarkedSocket)[TEST] = true;
}

/** What is kept of an accepted request besides what its run sees. */
export function sourceOf(request: IncomingMessage, endpoint: string, bytes: number): DeliverySource {
  const { method = "", socket } = request;
  const address = addressOf(socket);
  const isTest = (socket as MarkedSocket)[TEST] === true;
  if (method === "POST" && address !== undefined && !isTest) return { endpoint, bytes, address };
  return {
    endpoint,
    bytes,
    ...(address === undefined ? {} : { address }),
    ...(method === "POST" ? {} : { method }),
    ...(isTest ? { test: true } : {}),
  };
}

/** A socket for both families gives IPv4 addresses in their IPv6 form. */
function addressOf({ remoteAddress }: Socket): string | undefined {
  return remoteAddress?.startsWith("::ffff:") === true ? remoteAddress.slice("::ffff:".length) : remoteAddress;
}
