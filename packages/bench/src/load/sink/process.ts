/** The sink's process: answers every call and remembers it. Started by `sink.ts`. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { unixUs } from "../../measure/clock.ts";
import { Parent } from "../child/parent.ts";
import { MessageReader } from "../http/message-reader.ts";
import type { SinkCommand, SinkMessage } from "./protocol.ts";

const BODY = '{"accepted":true}';
const ANSWER = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${String(BODY.length)}\r\n\r\n${BODY}`;
const KEY = /\r\nidempotency-key: *([^\r\n]+)/i;
const RUN = /^[A-Z]+ [^ ?]*\?run=([0-9a-f-]{36})/;

let delayMs = 0;
let effects: string[] = [];

const server = createServer({ noDelay: true }, (socket) => {
  const answer = () => {
    if (!socket.destroyed) socket.write(ANSWER, "latin1");
  };
  const reader = new MessageReader((head) => {
    effects.push(`${RUN.exec(head)?.[1] ?? ""}\t${KEY.exec(head)?.[1] ?? ""}\t${String(Math.round(unixUs()))}`);
    if (delayMs === 0) answer();
    else setTimeout(answer, delayMs);
  });
  socket.on("data", (chunk: Buffer) => reader.push(chunk));
  socket.on("error", () => socket.destroy());
});

const parent = new Parent<SinkCommand, SinkMessage>((command) => {
  if (command.kind === "listen") {
    server.listen(0, "127.0.0.1", 1_024, () => {
      parent.send({ kind: "listening", port: (server.address() as AddressInfo).port });
    });
  } else if (command.kind === "reset") {
    delayMs = command.delayMs;
    effects = [];
    parent.send({ kind: "resetDone" });
  } else {
    writeFileSync(command.path, effects.join("\n"));
    parent.send({ kind: "reported", effects: effects.length });
  }
});
parent.send({ kind: "ready" });
