import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { text } from "node:stream/consumers";

/** A request that the target got. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** JSON as its value, anything else as text; null without a body. */
  readonly body: unknown;
  /** Unix milliseconds. */
  readonly at: number;
}

/** What the target answers. */
export interface TargetAnswer {
  readonly status: number;
  /** Sent as JSON, unless it is text with a type of its own. */
  readonly body: unknown;
  readonly contentType?: string;
}

/** An HTTP server on the loopback interface in place of a remote service. */
export interface HttpTarget {
  /** As in `http://127.0.0.1:4711`. */
  readonly url: string;
  /** `127.0.0.1:4711`: what MESHHOOK_EGRESS_ALLOW takes. */
  readonly host: string;
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

/** Starts a target; `answer` gets each request and its number from 1. */
export async function startHttpTarget(
  answer: (request: SeenRequest, number: number) => TargetAnswer,
): Promise<HttpTarget> {
  const seen: SeenRequest[] = [];
  const server: Server = createServer((request, response) => {
    void text(request).then((body) => {
      const entry: SeenRequest = {
        method: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: body === "" ? null : (request.headers["content-type"] ?? "").includes("json") ? JSON.parse(body) : body,
        at: Date.now(),
      };
      seen.push(entry);
      const reply = answer(entry, seen.length);
      const { contentType = "application/json" } = reply;
      const sent = reply.contentType === undefined ? JSON.stringify(reply.body) : String(reply.body);
      response.writeHead(reply.status, { "content-type": contentType }).end(sent);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the target has no port");
  const host = `127.0.0.1:${address.port}`;
  return {
    url: `http://${host}`,
    host,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
