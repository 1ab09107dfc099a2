import { request as httpRequest, type IncomingMessage, type Server as HttpServer } from "node:http";
import { duplexPair, type Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";

import { markAsTest } from "../intake/delivery-source.ts";

/** One request to this process, as if it came over the network. */
export interface InnerRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Buffer;
}

export interface InnerAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** Sends a request to a server of this process, over a connection that is marked as a test. */
export type SendInside = (request: InnerRequest) => Promise<InnerAnswer>;

/** Longer than an endpoint may wait for a run's result. */
const ANSWER_MS_MAX = 75_000;

/**
 * A connection without a network: two ends of a stream in memory, of which the server gets one. It is parsed, checked and answered by
 * nothing but what serves everyone, works on any address and behind any proxy, and nobody outside can have one.
 */
export function innerConnections(server: HttpServer): SendInside {
  return ({ method, target, headers, body }) =>
    new Promise((resolve, reject) => {
      const [near, far] = duplexPair();
      markAsTest(far);
      server.emit("connection", asSocket(far));
      const sent = httpRequest({
        method,
        path: target,
        headers: { ...headers, "content-length": body.length, connection: "close" },
        createConnection: () => near,
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
      sent.once("error", reject);
      sent.once("response", (response) => {
        buffer(response).then((text) => {
          const { statusCode = 0, headers: received } = response;
          resolve({ status: statusCode, headers: received, body: text });
        }, reject);
      });
      sent.end(body);
    });
}

/** What a server asks of a socket besides being a stream. Nothing in memory times out. */
function asSocket(stream: Duplex): Duplex {
  const nothing = (): Duplex => stream;
  return Object.assign(stream, { setTimeout: nothing, setNoDelay: nothing, setKeepAlive: nothing });
}
