import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";

/** The same for every peer: answers 202 with the run's id once `enqueue` says that the delivery is durable, and 500 when it fails. */
export async function startIntake(
  enqueue: (runId: string, delivery: unknown) => Promise<void>,
  complain: (message: string) => void,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((incoming, response) => {
    const runId = randomUUID();
    readJson(incoming)
      .then((delivery) => enqueue(runId, delivery))
      .then(
        () => {
          const body = JSON.stringify({ runId });
          response.writeHead(202, { "content-type": "application/json", "content-length": body.length }).end(body);
        },
        (error: unknown) => {
          complain(`A delivery was not taken: ${String(error)}`);
          response.writeHead(500).end();
        },
      );
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1", 1_024);
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

function readJson(incoming: IncomingMessage): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    incoming.on("data", (piece: Buffer) => pieces.push(piece));
    incoming.on("error", reject);
    incoming.on("end", () => {
      try {
        resolve(JSON.parse(Buffer.concat(pieces).toString("utf8")));
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}
