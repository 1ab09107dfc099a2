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
/** Every body that was seen, once: calls of a scenario repeat a few dozen of them. */
let bodies: string[] = [];
let bodyIds = new Map<string, number>();
let connections = 0;
let connectionsOpened = 0;
let connectionsAtOnce = 0;

/** A scenario knows its bodies; beyond this many different ones, the rest is one. */
const BODIES_MAX = 10_000;

function bodyId(body: Buffer): number {
  const text = body.toString("utf8");
  let id = bodyIds.get(text);
  if (id === undefined) {
    if (bodies.length >= BODIES_MAX) return -1;
    id = bodies.push(text) - 1;
    bodyIds.set(text, id);
  }
  return id;
}

const server = createServer({ noDelay: true }, (socket) => {
  const answer = () => {
    if (!socket.destroyed) socket.write(ANSWER, "latin1");
  };
  connections += 1;
  connectionsOpened += 1;
  connectionsAtOnce = Math.max(connectionsAtOnce, connections);
  socket.on("close", () => (connections -= 1));
  const reader = new MessageReader((head, body) => {
    effects.push(
      `${RUN.exec(head)?.[1] ?? ""}\t${KEY.exec(head)?.[1] ?? ""}\t${String(Math.round(unixUs()))}\t${String(bodyId(body))}`,
    );
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
    bodies = [];
    bodyIds = new Map();
    connectionsOpened = connections;
    connectionsAtOnce = connections;
    parent.send({ kind: "resetDone" });
  } else {
    writeFileSync(command.path, effects.join("\n"));
    parent.send({
      kind: "reported",
      effects: effects.length,
      bodies,
      reopened: connectionsOpened - connectionsAtOnce,
    });
  }
});
parent.send({ kind: "ready" });
