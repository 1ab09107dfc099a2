import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

import type { DeliverySource } from "@meshhook/core";

import { clientAddressOf } from "./acceptance/address-list.ts";
import type { Arrival } from "./arrival.ts";

const TEST = Symbol("test");

type MarkedSocket = Socket & { [TEST]?: true };

/** Everything that comes over this connection was sent from MeshHook to try an endpoint. Nothing in a request can say so. */
export function markAsTest(connection: object): void {
  (connection as MarkedSocket)[TEST] = true;
}

export function isTest({ socket }: IncomingMessage): boolean {
  return (socket as MarkedSocket)[TEST] === true;
}

/** What is kept of a request besides what its run sees. */
export function sourceOf(
  { request, open, proxies }: Pick<Arrival, "request" | "open" | "proxies">,
  bytes: number,
): DeliverySource {
  const { method = "" } = request;
  const { id: endpoint, answer } = open.route.endpoint;
  const address = clientAddressOf(request, proxies);
  const isOwn = isTest(request);
  if (method === "POST" && address !== null && answer === "accepted" && !isOwn) return { endpoint, bytes, address };
  return {
    endpoint,
    bytes,
    ...(address === null ? {} : { address }),
    ...(method === "POST" ? {} : { method }),
    ...(answer === "accepted" ? {} : { waited: true }),
    ...(isOwn ? { test: true } : {}),
  };
}
