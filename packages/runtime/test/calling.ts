import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

import type { CallRequest } from "@meshhook/core";
import { onTestFinished } from "vitest";

import type { CallOutcome, CallResponse } from "../src/call/call-outcome.ts";
import { EgressPolicy } from "../src/call/egress.ts";
import { HttpCaller } from "../src/call/http-caller.ts";
import { systemClock } from "../src/clock.ts";
import { startTarget, type Target } from "./target.ts";

/** A real HTTP target that is closed when the test ends. */
export async function target(answer: Parameters<typeof startTarget>[0]): Promise<Target> {
  const started = await startTarget(answer);
  onTestFinished(() => started.close());
  return started;
}

export interface RawTarget {
  readonly url: string;
  readonly host: string;
  /** What each connection has sent so far, in the order of the connections. */
  readonly received: readonly string[];
}

/**
 * A target that is only a socket: `serve` gets each complete request, with its number over all connections and on its own.
 */
export async function rawTarget(
  serve: (socket: Socket, request: { readonly count: number; readonly onConnection: number }) => void,
  onConnection: (socket: Socket) => void = () => undefined,
): Promise<RawTarget> {
  const received: string[] = [];
  let count = 0;
  const server = createServer((socket) => {
    const at = received.push("") - 1;
    let rest = "";
    let requests = 0;
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      const text = chunk.toString("latin1");
      received[at] += text;
      rest += text;
      for (let end = endOfRequest(rest); end !== -1; end = endOfRequest(rest)) {
        rest = rest.slice(end);
        serve(socket, { count: ++count, onConnection: ++requests });
      }
    });
    onConnection(socket);
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}/`, host: `127.0.0.1:${port}`, received };
}

/** Listens on loopback until the test ends; the port. */
export async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return (server.address() as AddressInfo).port;
}

function endOfRequest(text: string): number {
  const head = text.indexOf("\r\n\r\n");
  if (head === -1) return -1;
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head + 2))?.[1] ?? 0);
  return text.length >= head + 4 + length ? head + 4 + length : -1;
}

export function caller(allow: readonly string[], more: { connectionsPerOrigin?: number } = {}): HttpCaller {
  const made = new HttpCaller({
    clock: systemClock(),
    egress: new EgressPolicy(allow),
    connectionsPerOrigin: more.connectionsPerOrigin ?? 4,
    userAgent: "MeshHook/test",
  });
  onTestFinished(() => made.close());
  return made;
}

/** By default a POST with an idempotency key. */
export function send(
  from: HttpCaller,
  url: string,
  more: Partial<CallRequest> & { timeoutMs?: number } = {},
): Promise<CallOutcome> {
  const { timeoutMs = 5_000, ...request } = more;
  return new Promise((resolve) => {
    from.call(
      { method: "POST", url, headers: { "idempotency-key": "k1" }, responseBytesMax: 1_000_000, ...request },
      timeoutMs,
      resolve,
    );
  });
}

export async function answerOf(...args: Parameters<typeof send>): Promise<CallResponse> {
  const outcome = await send(...args);
  if (outcome.kind === "failure") throw new Error(`${outcome.code}: ${outcome.message}`);
  return outcome;
}

/** The text of a whole answer, with a length. */
export function answerText(
  body: string,
  headers: Readonly<Record<string, string | number>> = {},
  status = "200 OK",
): string {
  const lines = Object.entries({ "content-length": Buffer.byteLength(body), ...headers });
  return `HTTP/1.1 ${status}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}
