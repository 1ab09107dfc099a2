/** A target that does nothing with what it gets. Started by `null-target.ts`. */
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { Parent } from "../child/parent.ts";
import { MessageReader } from "../http/message-reader.ts";
import type { NullTargetCommand, NullTargetMessage } from "./protocol.ts";

const BODY = '{"runId":"00000000-0000-7000-8000-000000000000","status":"succeeded","duplicate":false}';
const ANSWER = `HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\ncontent-length: ${String(BODY.length)}\r\n\r\n${BODY}`;

const parent = new Parent<NullTargetCommand, NullTargetMessage>((command) => {
  const server = command.mode === "nothing" ? bareTarget() : nodeHttpTarget();
  server.listen(0, "127.0.0.1", 1_024, () => {
    parent.send({ kind: "listening", port: (server.address() as AddressInfo).port });
  });
});
parent.send({ kind: "ready" });

function bareTarget(): Server {
  return createServer({ noDelay: true }, (socket) => {
    const reader = new MessageReader(() => socket.write(ANSWER, "latin1"));
    socket.on("data", (chunk: Buffer) => reader.push(chunk));
    socket.on("error", () => socket.destroy());
  });
}

function nodeHttpTarget(): Server {
  return createHttpServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      JSON.parse(Buffer.concat(chunks).toString("utf8"));
      response.writeHead(202, { "content-type": "application/json", "content-length": BODY.length });
      response.end(BODY);
    });
  });
}
